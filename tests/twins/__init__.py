"""Non-interference: worlds that differ only in what is sealed or restricted read the same to others.

A random list of acts is played twice over the cast. What everybody may know happens in both worlds, at
the same moments; what a sealed service does, or those named on a restricted record, happens in one of
them and not in the other. Then somebody from whom all of that must be hidden opens the app's pages (every
address takes part: they are found in the app's own map) and searches. The answers are the same, byte for
byte, and so are the SQL statements that were run for them. Ids and tokens, which chance makes, are
counted in the order in which a page names them.

Left out, because they are said on purpose: what a sealed author signs or sends through the relay, a
reveal, an answer to the circle.
"""
