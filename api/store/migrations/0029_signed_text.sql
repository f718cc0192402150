-- What two people sign off is one text: a keyed digest of the pack as it read then. Where it reads otherwise
-- by now, what was signed counts no more.
ALTER TABLE request_parts ADD COLUMN signed_text {text};
