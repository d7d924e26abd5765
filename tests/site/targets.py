"""What a page shows on a phone that is too small: targets of a finger, and text."""

from __future__ import annotations

from playwright.sync_api import Page

# Targets below 24 by 24 CSS pixels, and text below 12. WCAG 2.5.8 excepts a link in a sentence, whose line
# holds other words; lines of sources and banners are none, nor is a mere sign (↓) one. It excepts targets
# that stand apart, too; here none is.
SMALL = r"""() => {
    const shown = e => e.getClientRects().length > 0 && !e.closest(".unseen, .skip, table.cards > thead")
        && getComputedStyle(e).opacity !== "0";
    const sentence = e => {
        const holder = e.closest("p, li, dd, td, th, figcaption, div");
        if (!holder || holder.matches(".source, .banner")) { return false; }
        if (!/[a-z0-9\u3400-\u9fff]/i.test(e.textContent)) { return false; }
        const walk = document.createTreeWalker(holder, NodeFilter.SHOW_TEXT);
        let text = "";
        while (walk.nextNode()) {
            const own = walk.currentNode.parentElement;
            if (own.closest("a, button, details") || !own.getClientRects().length) { continue; }
            text += walk.currentNode.data;
        }
        return /[a-z\u3400-\u9fff]{2}/i.test(text);
    };
    const said = (e, size) => `${e.tagName} ${e.className} ${size} ${e.textContent.trim().slice(0, 40)}`;
    const found = [];
    for (const e of document.querySelectorAll("a[href], button, select, summary, input")) {
        const box = e.getBoundingClientRect();
        if (!shown(e) || e.closest("svg") || (box.width > 23.5 && box.height > 23.5)) { continue; }
        if (e.tagName !== "A" || !sentence(e)) { found.push(said(e, `${box.width}x${box.height}`)); }
    }
    for (const e of document.querySelectorAll("body *")) {
        if (!shown(e) || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) { continue; }
        const drawn = e.closest("svg"), wide = drawn && drawn.viewBox.baseVal && drawn.viewBox.baseVal.width;
        const scale = wide ? drawn.getBoundingClientRect().width / wide : 1;
        const size = parseFloat(getComputedStyle(e).fontSize) * scale;
        if (size < 11.95) { found.push(said(e, `${size} px`)); }
    }
    return found;
}"""


def too_small(page: Page) -> list[str]:
    """Return what the page, as it stands open, shows too small."""
    found: list[str] = page.evaluate(SMALL)
    return found
