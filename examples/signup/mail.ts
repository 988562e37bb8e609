/** Sends the welcome mail over SMTP, to the server that `SMTP_URL` names. */
import { createTransport } from "nodemailer";

const defaultServer = "smtp://127.0.0.1:2525";

/** Who is to be welcomed. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

/**
 * Sends the mail and waits until the server has accepted it.
 *
 * @param id Goes into the mail's Message-ID: a mail that is sent twice is the same mail to those who receive it.
 */
export async function sendWelcomeMail({ name, email }: Person, id: string): Promise<void> {
  const transport = createTransport({
    url: Deno.env.get("SMTP_URL") ?? defaultServer,
    name: "signup.example",
    connectionTimeout: 5000,
    socketTimeout: 10_000,
  });
  try {
    await transport.sendMail({
      messageId: `<${id}@signup.example>`,
      from: { name: "The Herb Garden", address: "hello@signup.example" },
      to: { name, address: email },
      subject: `Welcome, ${name}`,
      text: `Dear ${name},\n\nit is good to have you here.\n\nThe Herb Garden\n`,
    });
  } finally {
    transport.close();
  }
}
