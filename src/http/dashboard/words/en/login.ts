/** The login page. */
export const login = {
  title: "Log in",
  token: "Token",
  hint: "One of the tokens that this server was started with. It is asked for once.",
  user: "User",
  userHint: "Leave it empty to log in by a token.",
  secret: "Password or token",
  blind: "This token is known, but may not read: the dashboard takes the scope read.",
  often: "That was tried too often. Wait a moment.",
  submit: "Log in",
  wrong: "This token is not known. Check that it was copied as a whole.",
  bye: "You are logged out.",
};
