// A dashboard: tiles that can be moved and resized, answers that come in one by one, dialogs, full screen.
"use strict";

(() => {
  const WIDE = window.matchMedia("(min-width: 48.01rem)");
  const COLUMNS = 12;
  const ROW = 76; // pixels, as the board's rows in tiles.css
  const AT_ONCE = 3; // answers asked for at the same time

  const dashboard = () => document.getElementById("dashboard");
  const say = (text) => { document.getElementById("board-said").textContent = text; };

  // The grid

  let grid = null;

  function beginGrid() {
    const board = document.getElementById("board");
    if (!board || grid || !WIDE.matches || !("editable" in board.dataset) || !window.GridStack) return;
    board.classList.add("grid-stack");
    for (const item of board.children) item.classList.add("grid-stack-item");
    grid = window.GridStack.init({
      column: COLUMNS,
      cellHeight: ROW,
      margin: 8,
      animate: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      minRow: 1,
      // With a finger a tile's head is also what the page is scrolled by.
      draggable: { handle: window.matchMedia("(pointer: coarse)").matches ? ".tile-grip" : ".tile-head", cancel: "a, .top-menu" },
      resizable: { handles: "e, se, s, sw, w" },
      columnOpts: { breakpoints: [] },
    }, board);
    grid.on("change", (_, items) => save(items));
    grid.on("resizestop", fitCharts);
  }

  function endGrid() {
    if (!grid) return;
    const board = grid.el;
    grid.off("change");
    grid.destroy(false);
    board.classList.remove("grid-stack");
    grid = null;
  }

  // Charts that fill their place look again how large it is.
  function fitCharts() {
    setTimeout(() => window.dispatchEvent(new Event("resize")), 350);
  }

  function send(address, body, method = "POST") {
    return fetch(address, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRFToken": dashboard().dataset.token },
      body: JSON.stringify(body),
    });
  }

  async function save(items) {
    const tiles = items.filter((item) => item.el?.dataset.tile).map(({ el, x, y, w, h }) => {
      const layouts = JSON.parse(el.dataset.layouts);
      layouts.sm = { ...layouts.sm, x, y, w, h };
      el.dataset.layouts = JSON.stringify(layouts);
      return { id: Number(el.dataset.tile), layouts };
    });
    if (!tiles.length) return;
    const board = document.getElementById("board");
    board.dataset.saving = "";
    const response = await send(dashboard().dataset.api, { tiles }, "PATCH").catch(() => null);
    delete board.dataset.saving;
    if (!response?.ok) notify("The new places could not be saved. Move a tile again to try once more.");
  }

  // With the keyboard: arrows move the tile of the grip that has the focus, with the shift key they resize it.

  const titleOf = (item) => item.querySelector("h2")?.textContent ?? "The tile";
  const sharesColumns = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w;

  function nudge(item, key, resizes) {
    const node = item.gridstackNode;
    const others = grid.engine.nodes.filter((other) => other !== node);
    if (resizes) {
      const size = { ArrowLeft: { w: node.w - 1 }, ArrowRight: { w: node.w + 1 }, ArrowUp: { h: node.h - 1 }, ArrowDown: { h: node.h + 1 } }[key];
      if (size.w < 1 || size.h < 1 || node.x + (size.w ?? 0) > COLUMNS) return false;
      grid.update(item, size);
      fitCharts();
      return true;
    }
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const x = node.x + (key === "ArrowLeft" ? -1 : 1);
      if (x < 0 || x + node.w > COLUMNS) return false;
      grid.update(item, { x });
      return true;
    }
    const upwards = key === "ArrowUp";
    const inTheWay = others
      .filter((other) => sharesColumns(other, node) && (upwards ? other.y < node.y : other.y > node.y))
      .sort((a, b) => (upwards ? b.y - a.y : a.y - b.y))[0];
    if (!inTheWay) return false;
    // What is pushed goes down and what has room goes up: down is up for the other one.
    if (upwards) grid.update(item, { y: inTheWay.y });
    else grid.update(inTheWay.el, { y: node.y });
    return true;
  }

  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest?.(".tile-grip");
    if (!grip || !grid) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      notify(document.getElementById("grip-help").textContent);
    }
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const item = grip.closest(".board-item");
    const moved = nudge(item, event.key, event.shiftKey);
    const { x, y, w, h } = item.gridstackNode;
    const where = `column ${x + 1}, row ${y + 1}, ${w} wide, ${h} high`;
    say(`${titleOf(item)}: ${moved ? where : `no further, ${where}`}`);
    item.scrollIntoView({ block: "nearest" });
  });

  // Answers

  let round = 0;

  async function refresh(items, how) {
    const mine = ++round;
    const rest = [...items];
    const all = rest.length;
    let done = 0;
    let failed = 0;
    if (!all) return;
    tell(0, all);
    const work = async () => {
      while (rest.length && mine === round) {
        failed += await fetchAnswer(rest.shift(), how) ? 0 : 1;
        done += 1;
        if (mine === round) tell(done, all);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, all) }, work));
    if (mine !== round) return;
    finish();
    if (failed) notify(`${failed} of ${all} tiles could not be refreshed.`);
    else if (how === "force_blocking") say(`${all} of ${all} tiles are refreshed.`);
  }

  function tell(done, all) {
    const progress = document.getElementById("progress");
    if (!progress) return;
    progress.hidden = done === all;
    progress.querySelector("progress").max = all;
    progress.querySelector("progress").value = done;
    progress.querySelector("span").textContent = `${done} of ${all}`;
    document.getElementById("refresh").toggleAttribute("aria-busy", done < all);
  }

  function finish() {
    const moments = [...document.querySelectorAll(".tile-answer[data-refreshed]")].map((each) => each.dataset.refreshed).filter(Boolean).sort();
    const last = document.getElementById("last-refreshed");
    if (!last || !moments.length) return;
    last.dateTime = moments[0];
    document.getElementById("refreshed").hidden = false;
    tellAge();
  }

  function tellAge() {
    const last = document.getElementById("last-refreshed");
    if (!last?.dateTime) return;
    const minutes = Math.floor((Date.now() - Date.parse(last.dateTime)) / 60_000);
    const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
    if (minutes < 1) last.textContent = "just now";
    else if (minutes < 60) last.textContent = words.format(-minutes, "minute");
    else if (minutes < 2880) last.textContent = words.format(-Math.floor(minutes / 60), "hour");
    else last.textContent = words.format(-Math.floor(minutes / 1440), "day");
  }

  async function fetchAnswer(item, how) {
    const place = item.querySelector(".tile-answer");
    if (!place) return true;
    place.classList.add("is-loading");
    const address = new URL(item.dataset.answerAt, window.location);
    address.searchParams.set("refresh", how);
    const response = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
    place.classList.remove("is-loading");
    if (response?.headers.get("HX-Redirect")) window.location = response.headers.get("HX-Redirect");
    if (!response?.ok) return false;
    const html = await response.text();
    if (!place.isConnected) return true;
    const template = document.createElement("template");
    template.innerHTML = html;
    place.replaceWith(template.content);
    drawCharts();
    return true;
  }

  const tiles = () => [...document.querySelectorAll("#board [data-answer-at]")];
  const inNeed = (item) => item.querySelector(".tile-answer[data-state=waiting], .tile-answer[data-stale]");

  // Refreshing by itself: a choice of this browser for this dashboard.

  let timer = null;

  function beginLive() {
    clearInterval(timer);
    const choice = document.getElementById("live");
    if (!choice) return;
    const key = `live-${dashboard().dataset.id}`;
    choice.value = localStorage.getItem(key) ?? "";
    if (choice.selectedIndex < 0) choice.value = "";
    choice.onchange = () => {
      if (choice.value) localStorage.setItem(key, choice.value);
      else localStorage.removeItem(key);
      beginLive();
    };
    const seconds = Number(choice.value);
    if (seconds) timer = setInterval(() => { if (!document.hidden) refresh(tiles(), "force_blocking"); }, seconds * 1000);
  }

  setInterval(tellAge, 30_000);

  // Full screen: the whole page, so that the tips of charts are seen too.

  document.addEventListener("fullscreenchange", () => {
    document.body.classList.toggle("is-full", Boolean(document.fullscreenElement));
    fitCharts();
  });

  document.addEventListener("click", (event) => {
    const target = event.target;
    if (target.closest("#refresh")) refresh(tiles(), "force_blocking");
    if (target.closest("[data-refreshes]")) {
      target.closest("[popover]")?.hidePopover();
      refresh([target.closest(".board-item")], "force_blocking");
    }
    if (target.closest("#full-screen")) document.documentElement.requestFullscreen();
    if (target.closest("#leave-full-screen")) document.exitFullscreen();
  });

  // Swaps

  let before = new Set();

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.shouldSwap || !event.detail.target.contains?.(document.getElementById("board"))) return;
    before = new Set([...document.querySelectorAll(".board-item")].map((item) => item.id));
    round += 1;
    endGrid();
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    if (!["dashboard", "look"].includes(event.target.id)) return;
    document.getElementById("dialog")?.close();
    begin();
    const added = before.size ? [...document.querySelectorAll(".board-item")].find((item) => !before.has(item.id)) : null;
    added?.scrollIntoView({ block: "center" });
  });

  function begin() {
    if (!dashboard()) return;
    beginGrid();
    beginLive();
    tellAge();
    refresh(tiles().filter(inNeed), "blocking");
  }

  WIDE.addEventListener("change", () => {
    if (WIDE.matches) beginGrid();
    else endGrid();
  });
  document.addEventListener("DOMContentLoaded", begin);
})();
