// The editor of the SQL page: CodeMirror with suggestions and faults from the server, in place of the plain field.
"use strict";

(() => {
  const CM = window.CodeMirror;
  const holder = document.getElementById("editor");
  const plain = document.getElementById("query");
  const form = document.getElementById("sql-form");
  if (!CM || !holder) return;

  // The server counts characters (code points), the editor UTF-16 units.
  const toPoints = (text, offset) => [...text.slice(0, offset)].length;
  const toUnits = (text, points) => [...text].slice(0, points).join("").length;

  async function ask(query) {
    const response = await fetch(holder.dataset.askAt, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": holder.dataset.token },
      body: JSON.stringify({ query }),
    });
    return response.ok ? response.json() : null;
  }

  const TYPES = {
    Folder: "class", Variable: "variable", Property: "property", Function: "function", Keyword: "keyword",
    Value: "text", Class: "interface",
  };

  async function suggest(context) {
    const text = context.state.doc.toString();
    const inString = context.matchBefore(/'[^']*/);
    const word = inString ? { from: inString.from + 1, text: inString.text } : context.matchBefore(/[\w$]+|`[^`\n]*/);
    const after = context.matchBefore(/(?:\.|\b(?:from|join)\s+)/i);
    if (!context.explicit && !word && !after) return null;
    const cursor = toPoints(text, context.pos);
    const from = word ? word.from : context.pos;
    const answer = await ask({
      kind: "HogQLAutocomplete", language: "hogQL", query: text,
      startPosition: toPoints(text, from), endPosition: cursor,
    });
    if (!answer || context.aborted) return null;
    return {
      from,
      filter: false,
      options: answer.suggestions.map((each) => ({
        label: each.label,
        apply: each.insertText,
        type: TYPES[each.kind] ?? "text",
        detail: each.kind === "Function" ? "" : each.detail,
        info: each.kind === "Function" ? `${each.detail} — ${each.documentation}` : each.documentation || undefined,
      })),
    };
  }

  async function faults(view) {
    const text = view.state.doc.toString();
    if (!text.trim()) return [];
    const answer = await ask({ kind: "HogQLMetadata", language: "hogQL", query: text });
    if (!answer || view.state.doc.toString() !== text) return [];
    const mark = (severity) => (each) => {
      const from = toUnits(text, each.start ?? 0);
      const to = each.end === null ? text.length : toUnits(text, each.end);
      return { from: Math.min(from, to), to: Math.max(from, to), severity, message: each.message };
    };
    return [...answer.errors.map(mark("error")), ...answer.warnings.map(mark("warning"))];
  }

  const HogQL = CM.SQLDialect.define({
    keywords: "select from where group by having order limit offset join inner left right full outer cross any semi anti array on using as and or not in between like ilike is null case when then else end distinct with union all intersect except over partition prewhere qualify window asc desc interval sample cast cohort fill rows range preceding following unbounded current row values second minute hour day week month quarter year",
    types: "int integer float string bool boolean date datetime uuid",
    builtin: "true false",
    doubleQuotedStrings: false,
    identifierQuotes: "`\"",
    operatorChars: "*+-%<>!=~/?:|",
    slashComments: true,
  });

  const colours = CM.HighlightStyle.define([
    { tag: CM.tags.keyword, color: "var(--accent)", fontWeight: "600" },
    { tag: [CM.tags.string, CM.tags.special(CM.tags.string)], color: "var(--chart-2)" },
    { tag: [CM.tags.number, CM.tags.bool, CM.tags.null], color: "var(--chart-3)" },
    { tag: CM.tags.typeName, color: "var(--chart-4)" },
    { tag: CM.tags.comment, color: "var(--muted)", fontStyle: "italic" },
  ]);

  const theme = CM.EditorView.theme({
    "&": { color: "var(--ink)", backgroundColor: "var(--paper)", fontSize: "0.87rem" },
    "&.cm-focused": { outline: "none" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", minHeight: "13rem", maxHeight: "32rem" },
    ".cm-content": { caretColor: "var(--ink)", padding: "0.6rem 0" },
    ".cm-cursor": { borderLeftColor: "var(--ink)" },
    ".cm-gutters": { backgroundColor: "transparent", color: "var(--muted)", border: "none" },
    ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--accent) 6%, transparent)" },
    "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--accent-soft)" },
    ".cm-tooltip": { backgroundColor: "var(--surface)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "8px", overflow: "hidden" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "0.82rem", maxHeight: "16rem" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "0.2rem 0.6rem" },
    ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--accent-ink)" },
    ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal", marginLeft: "1rem" },
    "li[aria-selected] .cm-completionDetail": { color: "inherit" },
    ".cm-completionInfo": { padding: "0.5rem 0.7rem", maxWidth: "24rem" },
    ".cm-diagnostic-error": { borderLeft: "4px solid var(--berry)" },
    ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--berry)", textUnderlineOffset: "0.25em" },
    ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--chart-5)", textUnderlineOffset: "0.25em" },
  });

  function run() {
    form.requestSubmit();
    return true;
  }

  // In a tree of its own, where the editor may bring its styles: the page's policy takes none that stand inside it.
  const root = holder.attachShadow({ mode: "open" });
  const view = new CM.EditorView({
    root,
    parent: root,
    doc: plain.value,
    extensions: [
      CM.Prec.highest(CM.keymap.of([
        { key: "Mod-Enter", run },
        { key: "Tab", run: CM.acceptCompletion },
      ])),
      CM.lineNumbers(),
      CM.history(),
      CM.drawSelection(),
      CM.highlightActiveLine(),
      CM.bracketMatching(),
      CM.closeBrackets(),
      CM.sql({ dialect: HogQL }),
      CM.autocompletion({ override: [suggest], activateOnTypingDelay: 120, maxRenderedOptions: 60 }),
      CM.linter(faults, { delay: 400 }),
      CM.syntaxHighlighting(colours),
      CM.EditorView.lineWrapping,
      CM.EditorView.contentAttributes.of({ "aria-label": "Query", spellcheck: "false" }),
      CM.EditorView.updateListener.of((update) => {
        if (update.docChanged) plain.value = update.state.doc.toString();
      }),
      theme,
      CM.keymap.of([
        ...CM.closeBracketsKeymap, ...CM.defaultKeymap, ...CM.historyKeymap, ...CM.completionKeymap, ...CM.lintKeymap,
      ]),
    ],
  });
  holder.hidden = false;
  plain.hidden = true;

  document.addEventListener("click", (event) => {
    const field = event.target.closest("[data-insert]");
    if (!field) return;
    view.dispatch(view.state.replaceSelection(field.dataset.insert), { scrollIntoView: true });
    view.focus();
  });
})();
