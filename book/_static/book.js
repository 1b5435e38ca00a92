// Accessibility of the theme's markup: names, landmarks and roles that axe-core asks for.

document.addEventListener("DOMContentLoaded", () => {
  // the logo and the search button stand outside every landmark
  const sidebar = document.querySelector(".bd-sidebar-primary");
  if (sidebar) {
    sidebar.setAttribute("role", "region");
    sidebar.setAttribute("aria-label", "Book");
  }
  // the visible text, "Search Ctrl+K", has to be part of the name
  for (const button of document.querySelectorAll(".search-button-field")) button.removeAttribute("aria-label");
  // "list" and "doc-biblioentry" on plain divs are not what these roles are for
  for (const entry of document.querySelectorAll(".citation-list, .citation, .citation [role]")) entry.removeAttribute("role");
});
