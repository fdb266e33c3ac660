// The player around a recording: play and stand still, go to a moment, speed, and the events beside it.
"use strict";

(() => {
  const STEP = 5_000;

  const written = (moment) => {
    const seconds = Math.floor(moment / 1000);
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    const two = (number) => String(number).padStart(2, "0");
    return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
  };

  const begin = async (player) => {
    const part = (name) => player.querySelector(`[data-${name}]`);
    const told = part("told");
    const progress = told.querySelector("progress");
    let stage;
    try {
      const headers = player.dataset.pass ? { Authorization: `Bearer ${player.dataset.pass}` } : {};
      const lines = await HedgerowRecording.load(player.dataset.recording, headers, (share) => { progress.value = share; });
      stage = new HedgerowRecording.Stage(part("stage"), lines);
    } catch (error) {
      told.replaceChildren(Object.assign(document.createElement("p"), { textContent: error.message }));
      player.dataset.state = "failed";
      return;
    }
    told.hidden = true;
    control(player, part, stage);
    stage.show(Number(player.dataset.from ?? 0) * 1000 || 0);
    player.dataset.state = "ready";
  };

  const control = (player, part, stage) => {
    const seek = part("seek"), play = part("play"), speed = part("speed"), skip = part("skip");
    const happenings = [...document.querySelectorAll("[data-moment]")];
    const seconds = document.querySelector("[data-seconds]");
    let current = null, wasPlaying = false;

    for (const each of [seek, play]) each.disabled = false;
    seek.max = stage.length;
    part("length").textContent = written(stage.length);
    mark(part("marks"), stage, happenings);

    stage.onTime = () => {
      player.classList.toggle("is-playing", stage.isPlaying);
      play.setAttribute("aria-label", stage.isPlaying ? "Pause" : "Play");
      seek.value = stage.now;
      seek.setAttribute("aria-valuetext", `${written(stage.now)} of ${written(stage.length)}`);
      player.style.setProperty("--done", `${(100 * stage.now) / (stage.length || 1)}%`);
      part("now").textContent = written(stage.now);
      part("address").textContent = stage.addressAt(stage.now) || "…";
      if (seconds) seconds.value = stage.now < stage.length ? (stage.now / 1000).toFixed(1) : 0;
      const latest = happenings.findLast((each) => Number(each.dataset.moment) <= stage.now) ?? null;
      if (latest === current) return;
      current?.removeAttribute("aria-current");
      latest?.setAttribute("aria-current", "true");
      current = latest;
      if (stage.isPlaying) latest?.scrollIntoView({ block: "nearest" });
    };

    const go = (moment) => (stage.isPlaying ? stage.play(moment) : stage.show(moment));
    const toggle = () => (stage.isPlaying ? stage.pause() : stage.play());
    play.addEventListener("click", toggle);
    // While the handle is dragged the film stands still.
    seek.addEventListener("input", () => {
      wasPlaying ||= stage.isPlaying;
      stage.show(Number(seek.value));
    });
    seek.addEventListener("change", () => {
      if (wasPlaying) stage.play(Number(seek.value));
      wasPlaying = false;
    });
    speed.addEventListener("change", () => stage.setSpeed(Number(speed.value)));
    skip.addEventListener("change", () => { stage.skips = skip.checked; });
    part("full").addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : player.requestFullscreen()));
    part("stage").addEventListener("click", toggle);
    for (const each of happenings) each.addEventListener("click", () => go(Number(each.dataset.moment)));
    player.addEventListener("keydown", (event) => {
      if (event.target.closest("button, select, input") && event.key === " ") return;
      if (event.target.matches("select") || event.ctrlKey || event.metaKey || event.altKey) return;
      const move = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
      if (event.key === " ") toggle();
      else if (move) go(stage.now + move);
      else return;
      event.preventDefault();
    });
  };

  // Pauses and events, under the line of time.
  const mark = (marks, stage, happenings) => {
    const place = (moment) => `${(100 * moment) / (stage.length || 1)}%`;
    const add = (name, from, until) => {
      const each = Object.assign(document.createElement("span"), { className: name });
      each.style.left = place(from);
      if (until) each.style.width = place(until - from);
      marks.append(each);
    };
    for (const [from, until] of stage.quiet) add("is-quiet", from, until);
    for (const each of happenings) add("is-happening", Number(each.dataset.moment));
  };

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-recording]").forEach(begin));
})();
