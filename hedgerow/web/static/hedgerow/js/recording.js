// A session recording on a stage: its lines as the server sends them become what the visitor saw at each moment.
// `HedgerowRecording.load` fetches and unpacks them, a `Stage` shows them. Moments are milliseconds since the start.
"use strict";

const HedgerowRecording = (() => {
  const FULL_SNAPSHOT = 2, CHANGE = 3, META = 4;
  const MOVE = 1, DRAG = 12, TOUCH_MOVE = 6;
  const BY_VISITOR = new Set([1, 2, 3, 4, 5, 6, 7, 12]); // moves, clicks, scrolls, resizing, typing, touch, media, drags
  const BLOCKS_AT_ONCE = 10;
  const QUIET = 10_000, AFTER_ACTION = 2_000, BEFORE_ACTION = 1_000;

  // Lines

  // All lines of the recording at an address of the API, in order: `{window, event}`. `tell` hears the share that is here.
  const load = async (address, headers = {}, tell = () => {}) => {
    const { sources } = JSON.parse(await text(address, headers));
    let lines = [];
    for (let first = 0; first < sources.length; first += BLOCKS_AT_ONCE) {
      const last = Math.min(first + BLOCKS_AT_ONCE, sources.length) - 1;
      const url = new URL(address, location.href);
      url.searchParams.set("source", "blob_v2");
      url.searchParams.set("start_blob_key", sources[first].blob_key);
      url.searchParams.set("end_blob_key", sources[last].blob_key);
      const written = (await text(url, headers)).split("\n").filter(Boolean);
      lines = lines.concat(await Promise.all(written.map(read)));
      tell((last + 1) / sources.length);
    }
    return lines.filter((line) => line && Number.isFinite(line.event.timestamp)).sort((a, b) => a.event.timestamp - b.event.timestamp);
  };

  const text = async (address, headers) => {
    const response = await fetch(address, { headers: { Accept: "*/*", ...headers } });
    if (!response.ok) throw new Error(response.status === 410 ? "This recording has been deleted." : `The server answered ${response.status}.`);
    return response.text();
  };

  const read = async (written) => {
    try {
      const [window, event] = JSON.parse(written);
      return { window, event: await unpacked(event) };
    } catch {
      return null; // a line that cannot be read is left out, the others are still of use
    }
  };

  // Browsers may send parts of events compressed, as texts whose characters are the bytes of a gzip stream.
  const unpacked = async (event) => {
    if (!event.cv) return event;
    if (event.type === FULL_SNAPSHOT) return { ...event, data: await plain(event.data) };
    const data = { ...event.data };
    for (const part of ["texts", "attributes", "removes", "adds"]) if (part in data) data[part] = await plain(data[part]);
    return { ...event, data };
  };

  const plain = async (value) => {
    if (typeof value !== "string") return value;
    const bytes = Uint8Array.from(value, (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };

  // The movements of half a second are sent as one; each becomes an event of its own, at its time.
  const oneByOne = (event) => {
    const { source, positions } = event.data ?? {};
    if (event.type !== CHANGE || ![MOVE, DRAG, TOUCH_MOVE].includes(source) || !(positions?.length > 1)) return [event];
    return positions.map((position) => ({
      ...event,
      timestamp: event.timestamp + (position.timeOffset ?? 0),
      data: { ...event.data, positions: [{ ...position, timeOffset: 0 }] },
    }));
  };

  const isByVisitor = (event) => event.type === CHANGE && BY_VISITOR.has(event.data?.source);

  // Each browser tab of the session, with its events from the first complete picture on.
  const windowsOf = (lines) => {
    const windows = new Map();
    for (const { window, event } of lines) {
      if (!windows.has(window)) windows.set(window, []);
      windows.get(window).push(...oneByOne(event));
    }
    for (const [window, events] of windows) {
      events.sort((a, b) => a.timestamp - b.timestamp);
      const full = events.findIndex((event) => event.type === FULL_SNAPSHOT && event.data?.node);
      const meta = events.findLastIndex((event, place) => place < full && event.type === META);
      const kept = full < 0 ? [] : events.slice(meta < 0 ? full : meta);
      if (meta < 0 && full >= 0) kept.unshift({ type: META, timestamp: kept[0].timestamp, data: { href: "", width: 1280, height: 720 } });
      if (kept.length > 1) windows.set(window, kept);
      else windows.delete(window);
    }
    return windows;
  };

  // The stage

  class Stage {
    // Shows the lines within `root`, as large as it is. Throws an Error with a sentence where there is nothing to show.
    constructor(root, lines) {
      this.root = root;
      this.windows = windowsOf(lines);
      if (!this.windows.size) throw new Error("This recording holds no picture of a page, so it cannot be shown.");
      const all = [...this.windows.values()].flat();
      this.start = lines[0].event.timestamp;
      this.length = Math.max(...[...this.windows.values()].map((events) => events.at(-1).timestamp)) - this.start;
      this.turns = this.#turns();
      this.quiet = this.#quiet(all);
      this.moments = Float64Array.from(all, (event) => event.timestamp - this.start).sort();
      this.replayers = new Map();
      this.now = 0;
      this.speed = 1;
      this.skips = true;
      this.isPlaying = false;
      this.onTime = () => {};
      new ResizeObserver(() => this.fit()).observe(root);
    }

    // Stand still at a moment.
    show(moment) {
      const { replayer, offset } = this.#enter(moment);
      this.isPlaying = false;
      replayer.pause(offset);
      this.onTime();
    }

    play(moment = this.now) {
      const { replayer, offset } = this.#enter(moment >= this.length ? 0 : moment);
      this.isPlaying = true;
      replayer.setConfig({ speed: this.speed });
      replayer.play(offset);
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.#tick());
      this.onTime();
    }

    pause() {
      this.isPlaying = false;
      this.#shown().pause();
      this.onTime();
    }

    setSpeed(speed) {
      this.speed = speed;
      this.#shown().setConfig({ speed });
    }

    // Where it went quiet at this moment, when it ends; null while somebody does something.
    quietUntil(moment) {
      return this.quiet.find(([from, to]) => from <= moment && moment < to)?.[1] ?? null;
    }

    // Whether anything happens after one moment up to another.
    changes(after, until) {
      let low = 0, high = this.moments.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.moments[middle] <= after) low = middle + 1;
        else high = middle;
      }
      return low < this.moments.length && this.moments[low] <= until;
    }

    fit() {
      if (!this.#shown()) return;
      const { wrapper, iframe } = this.#shown();
      const width = Number(iframe.width) || 1280, height = Number(iframe.height) || 720;
      const scale = Math.min(this.root.clientWidth / width, this.root.clientHeight / height);
      Object.assign(wrapper.style, { position: "absolute", transformOrigin: "0 0", width: `${width}px`, height: `${height}px` });
      wrapper.style.transform = `scale(${scale})`;
      wrapper.style.left = `${(this.root.clientWidth - width * scale) / 2}px`;
      wrapper.style.top = `${(this.root.clientHeight - height * scale) / 2}px`;
    }

    // The address that the visitor was at.
    addressAt(moment) {
      const events = this.windows.get(this.#turnAt(moment).window);
      const until = this.start + moment;
      const said = events.findLast((event) => event.timestamp <= until && (event.data?.href || event.data?.payload?.href));
      return said?.data.href || said?.data.payload.href || events[0].data.href || "";
    }

    #tick() {
      if (!this.isPlaying) return;
      const turn = this.#turnAt(this.now);
      const events = this.windows.get(turn.window);
      const end = events.at(-1).timestamp - this.start;
      this.now = Math.min(events[0].timestamp - this.start + this.#shown().getCurrentTime(), end);
      const later = this.turns[this.turns.indexOf(turn) + 1];
      const quietUntil = this.skips ? this.quietUntil(this.now) : null;
      if (later && (this.now >= later.from || this.now >= end)) return this.play(later.from);
      if (quietUntil !== null) return this.play(quietUntil);
      if (this.now >= end) return this.pause();
      this.onTime();
      this.frame = requestAnimationFrame(() => this.#tick());
    }

    #enter(moment) {
      this.now = Math.min(Math.max(0, moment), this.length);
      const { window } = this.#turnAt(this.now);
      const events = this.windows.get(window);
      for (const [name, replayer] of this.replayers) {
        replayer.wrapper.hidden = name !== window;
        if (name !== window) replayer.pause();
      }
      const replayer = this.replayers.get(window) ?? this.#made(window, events);
      // Before the first complete picture there is nothing, or what was shown before.
      const first = events.find((event) => event.type === FULL_SNAPSHOT).timestamp + 1;
      return { replayer, offset: Math.max(first, this.start + this.now) - events[0].timestamp };
    }

    #shown() {
      return this.replayers.get(this.#turnAt(this.now).window);
    }

    #made(window, events) {
      const replayer = new rrwebReplay.Replayer(events, {
        root: this.root,
        showWarning: false,
        mouseTail: false,
        triggerFocus: false,
        useVirtualDom: false,
        skipInactive: false,
        speed: this.speed,
      });
      this.replayers.set(window, replayer);
      replayer.on("resize", () => this.fit());
      replayer.iframe.title = "What the visitor saw";
      return replayer;
    }

    // Which window is in front from when on: the one in which something was done last.
    #turns() {
      const begin = [...this.windows].map(([window, events]) => [events[0].timestamp - this.start, window]);
      const turns = [{ from: 0, window: begin.sort((a, b) => a[0] - b[0])[0][1] }];
      const done = [...this.windows].flatMap(([window, events]) =>
        events.filter((event) => isByVisitor(event)).map((event) => [event.timestamp - this.start, window]),
      );
      for (const [from, window] of done.sort((a, b) => a[0] - b[0]))
        if (window !== turns.at(-1).window) turns.push({ from, window });
      return turns;
    }

    #turnAt(moment) {
      return this.turns.findLast((turn) => turn.from <= moment);
    }

    #quiet(all) {
      const done = all.filter(isByVisitor).map((event) => event.timestamp - this.start).sort((a, b) => a - b);
      const stretches = [];
      let last = 0;
      for (const moment of [...done, this.length]) {
        if (moment - last > QUIET) stretches.push([last + AFTER_ACTION, moment - BEFORE_ACTION]);
        last = moment;
      }
      return stretches;
    }
  }

  return { load, Stage };
})();
