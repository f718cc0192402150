// A page that is left open is covered by the sign-in page once its session is over: the number beside
// Inbox is asked for every minute, and at once when the screen comes back. Typing is never thrown away:
// it stays, and Send leads through signing in and back.
const isTyping = () =>
  [...document.querySelectorAll("main textarea, main input:not([type=hidden])")].some(
    (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked,
  );
document.addEventListener("htmx:after:request", (event) => {
  const over = event.target.id === "unread" && event.detail.ctx.response.status === 401;
  if (over && !isTyping()) location.reload();
});
document.addEventListener("visibilitychange", () => document.hidden || document.getElementById("unread")?.dispatchEvent(new Event("look")));
