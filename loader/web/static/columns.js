// Proposes the time zone of the browser, and leads to what is wrong.

const zone = document.querySelector("[data-zone]");
if (zone && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
document.getElementById("faults")?.focus();
