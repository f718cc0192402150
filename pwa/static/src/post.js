// Posts JSON to the service, with this session's CSRF token. Gives what came back, or throws an Error
// whose message is the one sentence that the service said.
export async function post(path, body = {}) {
  const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("There is no signal. Try again when there is.");
  }
  const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
  if (!answer.ok) throw new Error(said.error ?? "Something went wrong. Load the page again.");
  return said;
}
