import { oauthErrorPage } from '../views/oauth-pages.ts';
import { pageHeaders } from '../views/page-headers.ts';

const again = 'Start again from the app that you want to connect.';
const wayOuts: Record<string, string> = {
  invalid_client: 'Remove the connection in the app and add it again, so that it registers anew.',
  invalid_client_metadata: 'Whoever makes the app has to mend its description of itself.',
  invalid_redirect_uri:
    'Remove the connection in the app and add it again. If that does not help, this installation does not allow its address.',
  access_denied: again,
  temporarily_unavailable: 'Wait some minutes, then start again from the app that you want to connect.',
  server_error: 'Try again. If it stays, tell whoever runs this service.',
};

/** The page for an authorization that cannot go on, and that cannot be answered to the client. */
export const errorPage = (e: {
  error: string;
  error_description?: string | undefined;
}): { headers: Record<string, string>; text: string } => ({
  headers: pageHeaders(),
  text: oauthErrorPage({
    code: e.error,
    message: e.error_description === undefined ? 'The request of the app is not in order.' : `The reason: ${e.error_description}.`,
    wayOut: wayOuts[e.error] ?? again,
  }),
});
