// htmx reads its settings from a meta element while it is being loaded, so they are put there first
// (modules run in the order they are imported). Its own stylesheet is off: ours says how waiting looks.
const meta = document.createElement("meta");
meta.name = "htmx-config";
meta.content = '{"includeIndicatorCSS": false, "defaultTimeout": 20000}';
document.head.append(meta);
