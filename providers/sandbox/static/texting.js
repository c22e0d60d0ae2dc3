// Sends the forms of an open phone without leaving the page, and texts with Enter. Without it they are plain forms.

import { refresh, toEnd } from "./phones.js";

const composer = document.getElementById("composer");

async function send(form, submitter) {
  const data = new FormData(form, submitter);
  const body = form === composer ? data : new URLSearchParams(data);
  const error = document.getElementById("text-error");
  try {
    const response = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    const accepted = response.type === "opaqueredirect";
    const answer = accepted ? null : new DOMParser().parseFromString(await response.text(), "text/html");
    error.textContent = accepted ? "" : answer.getElementById("text-error")?.textContent || "That did not work.";
    if (accepted && form === composer && submitter?.name !== "quick") form.elements.body.value = form.elements.media.value = "";
    if (accepted) await refresh();
    if (accepted && form === composer) toEnd();
  } catch {
    error.textContent = "Not sent: the sandbox does not answer. Your text is still in the box.";
  }
}

document.addEventListener("submit", (event) => {
  if (!("stay" in event.target.dataset)) return;
  event.preventDefault();
  send(event.target, event.submitter);
});

composer?.elements.body.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit(document.getElementById("send"));
});
document.getElementById("composer-hint")?.removeAttribute("hidden");
