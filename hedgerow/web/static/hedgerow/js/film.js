// The recording in front of a camera, which says what moment it wants to see.
"use strict";

const HedgerowFilm = (() => {
  const MOST_WAITING = 5_000;
  let stage = null, problem = "";

  const open = async () => {
    try {
      stage = new HedgerowRecording.Stage(document.getElementById("stage"), await HedgerowRecording.load("/lines"));
      stage.show(0);
    } catch (error) {
      problem = error.message;
    }
    document.body.dataset.state = "open";
  };
  open();

  // When the pictures of the page are there, or have had the time for it.
  const settled = () => {
    const inside = [...document.querySelectorAll(".stage iframe")].map((frame) => frame.contentDocument);
    const loading = inside.flatMap((page) => [...page.images]).filter((image) => !image.complete);
    const loaded = loading.map((image) => new Promise((done) => { image.onload = image.onerror = done; }));
    return Promise.race([Promise.all(loaded), new Promise((done) => setTimeout(done, MOST_WAITING))]);
  };

  return {
    settled,

    told: () => ({ problem, length: stage?.length ?? 0, quiet: stage?.quiet ?? [] }),

    // Show a moment; whether that looks different from the moment `since`, null where nothing was shown before.
    show: (moment, since) => {
      const differs = since === null || stage.changes(since, moment);
      if (differs) stage.show(moment);
      return differs;
    },
  };
})();
