/**
 * The published type codes, one a line: code, level (S status, T summary, D detail), sign (+ credit, - debit, . none), origin (2 BAI2, 3 BTRS,
 * b one bank's own), description. Data only: what a code means where it is not listed is decided in type-codes.ts.
 */
export const TYPE_CODE_TABLE = `
010 S.2 Opening Ledger
011 S.2 Average Opening Ledger MTD
012 S.2 Average Opening Ledger YTD
015 S.2 Closing Ledger
020 S.2 Average Closing Ledger MTD
021 S.2 Average Closing Ledger - Previous Month
022 S.2 Aggregate Balance Adjustments
024 S.2 Average Closing Ledger YTD - Previous Month
025 S.2 Average Closing Ledger YTD
030 S.2 Current Ledger
035 S.3 Opening Available
037 S.2 ACH Net Position
039 S.2 Opening Available + Total Same-Day ACH DTC Deposit
040 S.2 Opening Available
041 S.2 Average Opening Available MTD
042 S.2 Average Opening Available YTD
043 S.2 Average Available - Previous Month
044 S.2 Disbursing Opening Available Balance
045 S.2 Closing Available
050 S.2 Average Closing Available MTD
051 S.2 Average Closing Available - Last Month
054 S.2 Average Closing Available YTD - Last Month
055 S.2 Average Closing Available YTD
056 S.2 Loan Balance
057 S.2 Total Investment Position
059 S.2 Current Available (CRS Supressed)
060 S.2 Current Available
061 S.2 Average Current Available MTD
062 S.2 Average Current Available YTD
063 S.2 Total Float
065 S.2 Target Balance
066 S.2 Adjusted Balance
067 S.2 Adjusted Balance MTD
068 S.2 Adjusted Balance YTD
070 S.2 0-Day Float
072 S.2 1-Day Float
073 S.2 Float Adjustment
074 S.2 2 or More Days Float
075 S.2 3 or More Days Float
076 S.2 Adjustment to Balances
077 S.2 Average Adjustment to Balances MTD
078 S.2 Average Adjustment to Balances YTD
079 S.2 4-Day Float
080 S.2 5-Day Float
081 S.2 6-Day Float
082 S.2 Average 1-Day Float MTD
083 S.2 Average 1-Day Float YTD
084 S.2 Average 2-Day Float MTD
085 S.2 Average 2-Day Float YTD
086 S.2 Transfer Calculation
087 S.b MTD Ave Collected
088 S.b MTD Ave Neg Collected
100 T+2 Total Credits
101 T+2 Total Credit Amount MTD
102 T+b Total Number of Credits
105 T+2 Credits Not Detailed
106 T+2 Deposits Subject to Float
107 T+2 Total Adjustment Credits YTD
108 D+2 Credit (Any Type)
109 T+2 Current Day Total Lockbox Deposits
110 T+2 Total Lockbox Deposits
115 D+2 Lockbox Deposit
116 D+2 Item in Lockbox Deposit
118 D+2 Lockbox Adjustment Credit
120 T+2 EDI Transaction Credit
121 D+2 EDI Transaction Credit
122 D+2 EDIBANX Credit Received
123 D+2 EDIBANX Credit Return
130 T+2 Total Concentration Credits
131 T+2 Total DTC Credits
135 D+2 DTC Concentration Credit
136 D+2 Item in DTC Deposit
138 T+3 Total SEPA Credits
139 D+3 SEPA Return Credit
140 T+2 Total ACH Credits
141 D+3 SEPA Credit Transfer
142 D+2 ACH Credit Received
143 D+2 Item in ACH Deposit
144 D+3 SEPA Adjustment Credit
145 D+2 ACH Concentration Credit
146 T+2 Total Bank Card Deposits
147 D+2 Individual Bank Card Deposit
150 T+2 Total Preauthorized Payment Credits
155 D+2 Preauthorized Draft Credit
156 D+2 Item in PAC Deposit
158 D+3 Real Time Payment
159 T+3 Total Real Time Payment Credits
160 T+2 Total ACH Disbursing Funding Credits
162 T+2 Corporate Trade Payment Settlement
163 T+2 Corporate Trade Payment Credits
164 D+2 Corporate Trade Payment Credit
165 D+2 Preauthorized ACH Credit
166 D+2 ACH Settlement
167 T+2 ACH Settlement Credits
168 D+2 ACH Return Item or Adjustment Settlement
169 D+2 Miscellaneous ACH Credit
170 T+2 Total Other Check Deposits
171 D+2 Individual Loan Deposit
172 D+2 Deposit Correction
173 D+2 Bank-Prepared Deposit
174 D+2 Other Deposit
175 D+2 Check Deposit Package
176 D+2 Re-presented Check Deposit
178 T+2 List Post Credits
180 T+2 Total Loan Proceeds
182 T+2 Total Bank-Prepared Deposits
184 D+2 Draft Deposit
185 T+2 Total Miscellaneous Deposits
186 T+2 Total Cash Letter Credits
187 D+2 Cash Letter Credit
188 T+2 Total Cash Letter Adjustments
189 D+2 Cash Letter Adjustment
190 T+2 Total Incoming Money Transfers
191 D+2 Individual Incoming Internal Money Transfer
195 D+2 Incoming Money Transfer
196 D+2 Money Transfer Adjustment
197 D+3 Email or Mobile Credit
198 D+2 Compensation
199 T+3 Total Email or Mobile Credits
200 T+2 Total Automatic Transfer Credits
201 D+2 Individual Automatic Transfer Credit
202 D+2 Bond Operations Credit
205 T+2 Total Book Transfer Credits
206 D+2 Book Transfer Credit
207 T+2 Total International Money Transfer Credits
208 D+2 Individual International Money Transfer Credit
210 T+2 Total International Credits
212 D+2 Foreign Letter of Credit
213 D+2 Letter of Credit
214 D+2 Foreign Exchange of Credit
215 T+2 Total Letters of Credit
216 D+2 Foreign Remittance Credit
218 D+2 Foreign Collection Credit
221 D+2 Foreign Check Purchase
222 D+2 Foreign Checks Deposited
224 D+2 Commission
226 D+2 International Money Market Trading
227 D+2 Standing Order
229 D+2 Miscellaneous International Credit
230 T+2 Total Security Credits
231 T+2 Total Collection Credits
232 D+2 Sale of Debt Security
233 D+2 Securities Sold
234 D+2 Sale of Equity Security
235 D+2 Matured Reverse Repurchase Order
236 D+2 Maturity of Debt Security
237 D+2 Individual Collection Credit
238 D+2 Collection of Dividends
239 T+2 Total Bankers' Acceptance Credits
240 D+2 Coupon Collections - Banks
241 D+2 Bankers' Acceptances
242 D+2 Collection of Interest Income
243 D+2 Matured Fed Funds Purchased
244 D+2 Interest/Matured Principal Payment
245 T+2 Monthly Dividends
246 D+2 Commercial Paper
247 D+2 Capital Change
248 D+2 Savings Bonds Sales Adjustment
249 D+2 Miscellaneous Security Credit
250 T+2 Total Checks Posted and Returned
251 T+2 Total Debit Reversals
252 D+2 Debit Reversal
254 D+2 Posting Error Correction Credit
255 D+2 Check Posted and Returned
256 T+2 Total ACH Return Items
257 D+2 Individual ACH Return Item
258 D+2 ACH Reversal Credit
260 T+2 Total Rejected Credits
261 D+2 Individual Rejected Credit
263 D+2 Overdraft
266 D+2 Return Item
268 D+2 Return Item Adjustment
270 T+2 Total ZBA Credits
271 T+2 Net Zero-Balance Amount
274 D+2 Cumulative ZBA or Disbursement Credits
275 D+2 ZBA Credit
276 D+2 ZBA Float Adjustment
277 D+2 ZBA Credit Transfer
278 D+2 ZBA Credit Adjustment
280 T+2 Total Controlled Disbursing Credits
281 D+2 Individual Controlled Disbursing Credit
285 T+2 Total DTC Disbursing Credits
286 D+2 Individual DTC Disbursing Credit
294 T+2 Total ATM Credits
295 D+2 ATM Credit
301 D+2 Commercial Deposit
302 T+2 Correspondent Bank Deposit
303 T+2 Total Wire Transfers In - FF
304 T+2 Total Wire Transfers In - CHF
305 T+2 Total Fed Funds Sold
306 D+2 Fed Funds Sold
307 T+2 Total Trust Credits
308 D+2 Trust Credit
309 T+2 Total Value - Dated Funds
310 T+2 Total Commercial Deposits
315 T+2 Total International Credits - FF
316 T+2 Total International Credits - CHF
318 T+2 Total Foreign Check Purchased
319 T+2 Late Deposit
320 T+2 Total Securities Sold - FF
321 T+2 Total Securities Sold - CHF
324 T+2 Total Securities Matured - FF
325 T+2 Total Securities Matured - CHF
326 T+2 Total Securities Interest
327 T+2 Total Securities Matured
328 T+2 Total Securities Interest - FF
329 T+2 Total Securities Interest - CHF
330 T+2 Total Escrow Credits
331 D+2 Individual Escrow Credit
332 T+2 Total Miscellaneous Securities Credits - FF
336 T+2 Total Miscellaneous Securities Credits - CHF
338 T+2 Total Securities Sold
340 T+2 Total Broker Deposits
341 T+2 Total Broker Deposits - FF
342 D+2 Broker Deposit
343 T+2 Total Broker Deposits - CHF
344 D+2 Individual Back Value Credit
345 D+2 Item in Brokers Deposit
346 D+2 Sweep Interest Income
347 D+2 Sweep Principal Sell
348 D+2 Futures Credit
349 D+2 Principal Payments Credit
350 T+2 Investment Sold
351 D+2 Individual Investment Sold
352 T+2 Total Cash Center Credits
353 D+2 Cash Center Credit
354 D+2 Interest Credit
355 T+2 Investment Interest
356 T+2 Total Credit Adjustment
357 D+2 Credit Adjustment
358 D+2 YTD Adjustment Credit
359 D+2 Interest Adjustment Credit
360 T+2 Total Credits Less Wire Transfer and Returned Checks
361 T+2 Grand Total Credits Less Grand Total Debits
362 D+2 Correspondent Collection
363 D+2 Correspondent Collection Adjustment
364 D+2 Loan Participation
366 D+2 Currency and Coin Deposited
367 D+2 Food Stamp Letter
368 D+2 Food Stamp Adjustment
369 D+2 Clearing Settlement Credit
370 T+2 Total Back Value Credits
371 T+3 Total Fees Credit
372 D+2 Back Value Adjustment
373 D+2 Customer Payroll
374 D+2 FRB Statement Recap
376 D+2 Savings Bond Letter or Adjustment
377 D+2 Treasury Tax and Loan Credit
378 D+2 Transfer of Treasury Credit
379 D+2 FRB Government Checks Cash Letter Credit
381 D+2 FRB Government Check Adjustment
382 D+2 FRB Postal Money Order Credit
383 D+2 FRB Postal Money Order Adjustment
384 D+2 FRB Cash Letter Auto Charge Credit
385 T+2 Total Universal Credits
386 D+2 FRB Cash Letter Auto Charge Adjustment
387 D+2 FRB Fine-Sort Cash Letter Credit
388 D+2 FRB Fine-Sort Adjustment
389 T+2 Total Freight Payment Credits
390 T+2 Total Miscellaneous Credits
391 D+2 Universal Credit
392 D+2 Freight Payment Credit
393 D+2 Itemized Credit Over $10,000
394 D+2 Cumulative Credits
395 D+2 Check Reversal
397 D+2 Float Adjustment
398 D+2 Miscellaneous Fee Refund
399 D+2 Miscellaneous Credit
400 T-2 Total Debits
401 T-2 Total Debit Amount MTD
402 T-b Total Number of Debits
403 T-2 Today's Total Debits
405 T-2 Total Debit Less Wire Transfers and Charge-Backs
406 T-2 Debits not Detailed
408 D-2 Float Adjustment
409 D-2 Debit (Any Type)
410 T-2 Total YTD Adjustment
412 T-2 Total Debits (Excluding Returned Items)
415 D-2 Lockbox Debit
416 T-2 Total Lockbox Debits
420 T-2 EDI Transaction Debits
421 D-2 EDI Transaction Debit
422 D-2 EDIBANX Settlement Debit
423 D-2 EDIBANX Return Item Debit
430 T-2 Total Payable-Through Drafts
435 D-2 Payable-Through Draft
438 T-3 Total SEPA Debits
439 D-3 SEPA Return Debit
441 D-3 SEPA Direct Debit
444 D-3 SEPA Adjustment Debit
445 D-2 ACH Concentration Debit
446 T-2 Total ACH Disbursement Funding Debits
447 D-2 ACH Disbursement Funding Debit
450 T-2 Total ACH Debits
451 D-2 ACH Debit Received
452 D-2 Item in ACH Disbursement or Debit
455 D-2 Preauthorized ACH Debit
458 D-3 Real Time Payment
459 T-3 Total Real Time Payment Debits
462 D-2 Account Holder Initiated ACH Debit
463 T-2 Corporate Trade Payment Debits
464 D-2 Corporate Trade Payment Debit
465 T-2 Corporate Trade Payment Settlement
466 D-2 ACH Settlement
467 T-2 ACH Settlement Debits
468 D-2 ACH Return Item or Adjustment Settlement
469 D-2 Miscellaneous ACH Debit
470 T-2 Total Check Paid
471 T-2 Total Check Paid - Cumulative MTD
472 D-2 Cumulative Checks Paid
474 D-2 Certified Check Debit
475 D-2 Check Paid
476 D-2 Federal Reserve Bank Letter Debit
477 D-2 Bank Originated Debit
478 T-2 List Post Debits
479 D-2 List Post Debit
480 T-2 Total Loan Payments
481 D-2 Individual Loan Payment
482 T-2 Total Bank-Originated Debits
484 D-2 Draft
485 D-2 DTC Debit
486 T-2 Total Cash Letter Debits
487 D-2 Cash Letter Debit
489 D-2 Cash Letter Adjustment
490 T-2 Total Outgoing Money Transfers
491 D-2 Individual Outgoing Internal Money Transfer
493 D-2 Customer Terminal Initiated Money Transfer
495 D-2 Outgoing Money Transfer
496 D-2 Money Transfer Adjustment
497 D-3 Email or Mobile Debit
498 D-2 Compensation
499 T-3 Total Email or Mobile Debits
500 T-2 Total Automatic Transfer Debits
501 D-2 Individual Automatic Transfer Debit
502 D-2 Bond Operations Debit
505 T-2 Total Book Transfer Debits
506 D-2 Book Transfer Debit
507 T-2 Total International Money Transfer Debits
508 D-2 Individual International Money Transfer Debits
510 T-2 Total International Debits
512 D-2 Letter of Credit Debit
513 D-2 Letter of Credit
514 D-2 Foreign Exchange Debit
515 T-2 Total Letters of Credit
516 D-2 Foreign Remittance Debit
518 D-2 Foreign Collection Debit
522 D-2 Foreign Checks Paid
524 D-2 Commission
526 D-2 International Money Market Trading
527 D-2 Standing Order
529 D-2 Miscellaneous International Debit
530 T-2 Total Security Debits
531 D-2 Securities Purchased
532 T-2 Total Amount of Securities Purchased
533 D-2 Security Collection Debit
534 T-2 Total Miscellaneous Securities DB - FF
535 D-2 Purchase of Equity Securities
536 T-2 Total Miscellaneous Securities Debit - CHF
537 T-2 Total Collection Debit
538 D-2 Matured Repurchase Order
539 T-2 Total Bankers' Acceptances Debit
540 D-2 Coupon Collection Debit
541 D-2 Bankers' Acceptances
542 D-2 Purchase of Debt Securities
543 D-2 Domestic Collection
544 D-2 Interest/Matured Principal Payment
546 D-2 Commercial paper
547 D-2 Capital Change
548 D-2 Savings Bonds Sales Adjustment
549 D-2 Miscellaneous Security Debit
550 T-2 Total Deposited Items Returned
551 T-2 Total Credit Reversals
552 D-2 Credit Reversal
554 D-2 Posting Error Correction Debit
555 D-2 Deposited Item Returned
556 T-2 Total ACH Return Items
557 D-2 Individual ACH Return Item
558 D-2 ACH Reversal Debit
560 T-2 Total Rejected Debits
561 D-2 Individual Rejected Debit
563 D-2 Overdraft
564 D-2 Overdraft Fee
566 D-2 Return Item
567 D-2 Return Item Fee
568 D-2 Return Item Adjustment
570 T-2 Total ZBA Debits
574 D-2 Cumulative ZBA Debits
575 D-2 ZBA Debit
577 D-2 ZBA Debit Transfer
578 D-2 ZBA Debit Adjustment
580 T-2 Total Controlled Disbursing Debits
581 D-2 Individual Controlled Disbursing Debit
583 T-2 Total Disbursing Checks Paid - Early Amount
584 T-2 Total Disbursing Checks Paid - Later Amount
585 T-2 Disbursing Funding Requirement
586 T-2 FRB Presentment Estimate (Fed Estimate)
587 T-2 Late Debits (After Notification)
588 T-2 Total Disbursing Checks Paid-Last Amount
590 T-2 Total DTC Debits
594 T-2 Total ATM Debits
595 D-2 ATM Debit
596 T-2 Total APR Debits
597 D-2 ARP Debit
601 T-2 Estimated Total Disbursement
602 T-2 Adjusted Total Disbursement
610 T-2 Total Funds Required
611 T-2 Total Wire Transfers Out- CHF
612 T-2 Total Wire Transfers Out - FF
613 T-2 Total International Debit - CHF
614 T-2 Total International Debit - FF
615 T-2 Total Federal Reserve Bank - Commercial Bank Debit
616 D-2 Federal Reserve Bank - Commercial Bank Debit
617 T-2 Total Securities Purchased - CHF
618 T-2 Total Securities Purchased - FF
621 T-2 Total Broker Debits - CHF
622 D-2 Broker Debit
623 T-2 Total Broker Debits - FF
625 T-2 Total Broker Debits
626 T-2 Total Fed Funds Purchased
627 D-2 Fed Funds Purchased
628 T-2 Total Cash Center Debits
629 D-2 Cash Center Debit
630 T-2 Total Debit Adjustments
631 D-2 Debit Adjustment
632 T-2 Total Trust Debits
633 D-2 Trust Debit
634 D-2 YTD Adjustment Debit
640 T-2 Total Escrow Debits
641 D-2 Individual Escrow Debit
644 D-2 Individual Back Value Debit
646 T-2 Transfer Calculation Debit
650 T-2 Investments Purchased
651 D-2 Individual Investment purchased
654 D-2 Interest Debit
655 T-2 Total Investment Interest Debits
656 D-2 Sweep Principal Buy
657 D-2 Futures Debit
658 D-2 Principal Payments Debit
659 D-2 Interest Adjustment Debit
661 D-2 Account Analysis Fee
662 D-2 Correspondent Collection Debit
663 D-2 Correspondent Collection Adjustment
664 D-2 Loan Participation
665 T-2 Intercept Debits
666 D-2 Currency and Coin Shipped
667 D-2 Food Stamp Letter
668 D-2 Food Stamp Adjustment
669 D-2 Clearing Settlement Debit
670 T-2 Total Back Value Debits
671 T-3 Total Fees Debit
672 D-2 Back Value Adjustment
673 D-2 Customer Payroll
674 D-2 FRB Statement Recap
676 D-2 Savings Bond Letter or Adjustment
677 D-2 Treasury Tax and Loan Debit
678 D-2 Transfer of Treasury Debit
679 D-2 FRB Government Checks Cash Letter Debit
681 D-2 FRB Government Check Adjustment
682 D-2 FRB Postal Money Order Debit
683 D-2 FRB Postal Money Order Adjustment
684 D-2 FRB Cash Letter Auto Charge Debit
685 T-2 Total Universal Debits
686 D-2 FRB Cash Letter Auto Charge Adjustment
687 D-2 FRB Fine-Sort Cash Letter Debit
688 D-2 FRB Fine-Sort Adjustment
689 T-2 FRB Freight Payment Debits
690 T-2 Total Miscellaneous Debits
691 D-2 Universal Debit
692 D-2 Freight Payment Debit
693 D-2 Itemized Debit Over $10,000
694 D-2 Deposit Reversal
695 D-2 Deposit Correction Debit
696 D-2 Regular Collection Debit
697 D-2 Cumulative Debits
698 D-2 Miscellaneous Fees
699 D-2 Miscellaneous Debit
701 S.2 Principal Loan Balance
703 S.2 Available Commitment Amount
705 S.2 Payment Amount Due
706 D+b Loan Participation
707 S.2 Principal Amount Past Due
708 D+b Value Dated Funds
709 S.2 Interest Amount Past Due
720 T+2 Total Loan Payment
721 D+2 Amount Applied to Interest
722 D+2 Amount Applied to Principal
723 D+2 Amount Applied to Escrow
724 D+2 Amount Applied to Late Charges
725 D+2 Amount Applied to Buydown
726 D+2 Amount Applied to Misc. Fees
727 D+2 Amount Applied to Deferred Interest Detail
728 D+2 Amount Applied to Service Charge
760 T-2 Loan Disbursement
827 T+b Incoming SEPA Payments
828 T-b Outgoing SEPA Payments
829 T+b Incoming BACS Payment
890 D.2 Contains Non-monetary Information
898 D+b Interim credit (RBS/NatWest Bankline)
`;
