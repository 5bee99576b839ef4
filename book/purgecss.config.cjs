// What PurgeCSS leaves of the theme's style: what a page or a script names. Paths are the site's.
// Scripts put some names together from parts: whatever belongs to those stays.
module.exports = {
  content: ["**/*.html", "**/*.js", "**/*.mjs"],
  safelist: { greedy: [/tooltip|popover|modal|dropdown|collaps|offcanvas|search/] },
  output: "_static/styles/",
};
