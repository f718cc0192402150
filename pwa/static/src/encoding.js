// Bytes as JSON carries them (base64url, no padding), and what is hashed and signed as bytes.
export const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
export const text = (buffer) => {
  const chars = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte));
  return btoa(chars.join("")).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};
export const utf8 = (words) => new TextEncoder().encode(words);
export const sha256 = async (words) => new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(words)));
