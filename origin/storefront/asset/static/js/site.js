// On every page.
import { swapLinks } from "./swap.js";

if (document.querySelector("[data-swap]")) swapLinks();
