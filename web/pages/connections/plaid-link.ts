/** The way to Plaid's own page: a token for it, what is to happen afterwards kept in this tab, and then the page itself. */
import { useMutation } from "@tanstack/react-query";
import { ApiProblem } from "../../api/client.ts";
import { createLinkToken, type LinkExchange, type LinkRequest } from "../../api/connection-setup.ts";
import { keepLink } from "../../lib/link-draft.ts";

export interface LinkOpening {
  request: LinkRequest;
  /** What the exchange is told when the person is back. */
  after: Omit<LinkExchange, "link_token" | "connection_id">;
}

/** Leaves this page where it succeeds. */
export function useOpenPlaid() {
  return useMutation({
    mutationFn: async ({ request, after }: LinkOpening) => {
      const { link_token: token, hosted_url: url } = await createLinkToken(request);
      if (url === null) {
        throw new ApiProblem(503, {
          code: "no_hosted_page",
          detail: "Plaid gave no page to sign in on. Try again; if it stays, tell whoever runs this.",
        });
      }
      const { connection_id: id } = request;
      keepLink({ ...after, link_token: token, request, ...(id === undefined ? {} : { connection_id: id }) });
      window.location.assign(url);
    },
  });
}
