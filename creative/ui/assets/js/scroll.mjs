// The page's scroll: it follows the end only if the writer was there, and stops when they scroll away.

const NEAR_PX = 160;

export class Scroll {
  constructor(desk) {
    this.desk = desk;
    this.following = false;
    this.ours = -1;
    desk.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    window.addEventListener("scroll", () => this.scrolled(), { passive: true });
  }

  /** The box that scrolls: the document on a phone, the middle column elsewhere. */
  get box() {
    const own = getComputedStyle(this.desk.scroller).overflowY !== "visible";
    return own ? this.desk.scroller : document.scrollingElement;
  }

  get view() {
    if (this.box === this.desk.scroller) return this.box.getBoundingClientRect();
    return { top: 60, bottom: window.innerHeight - 100, height: window.innerHeight - 160 };
  }

  set(top) {
    this.box.scrollTop = top;
    this.ours = this.box.scrollTop;
    this.last = this.ours;
  }

  scrolled() {
    const { scrollTop } = this.box;
    if (Math.abs(scrollTop - this.ours) > 2) {
      if (this.following && scrollTop < (this.last ?? 0) - 4) this.following = false;
      else if (!this.following && this.running && this.atEnd()) this.following = true;
    }
    this.last = scrollTop;
    this.showBelow();
  }

  endBox() {
    const { sheet } = this.desk;
    const place = sheet.manuscript.anchor ?? sheet.text.length;
    const range = sheet.range(place, place);
    const rect = range.getClientRects()[0] ?? (range.startContainer.nodeType === 3 ? range.startContainer.parentNode : range.startContainer).getBoundingClientRect();
    return rect;
  }

  atEnd() {
    return this.endBox().bottom <= this.view.bottom + NEAR_PX;
  }

  begin() {
    this.running = true;
    this.following = this.desk.sheet.text === "" || this.atEnd();
  }

  /** After a piece: keep new text at two thirds of the height while following. */
  follow() {
    if (this.following) {
      const { view } = this;
      const over = this.endBox().bottom - (view.top + (view.height * 2) / 3);
      if (over > 0) this.set(this.box.scrollTop + over);
    }
    this.showBelow();
  }

  showBelow() {
    const hidden = this.running && !this.following && this.endBox().top > this.view.bottom;
    this.desk.below.classList.toggle("on", Boolean(hidden));
  }

  toEnd() {
    this.following = Boolean(this.running);
    const { view } = this;
    this.set(this.box.scrollTop + this.endBox().bottom - (view.top + (view.height * 2) / 3));
    this.showBelow();
  }

  end() {
    this.running = false;
    this.following = false;
    this.desk.below.classList.remove("on");
  }

  /** Change the text without moving what the writer looks at. */
  keeping(change) {
    const { box } = this;
    const top = box.scrollTop;
    change();
    this.set(top);
  }

  toPassage(range) {
    const { view } = this;
    const rect = range.getBoundingClientRect();
    this.set(this.box.scrollTop + rect.top - (view.top + view.height * 0.35));
  }

  /** Bring the caret into sight after an edit of ours, and no further. */
  reveal(range) {
    const { view } = this;
    const node = range.startContainer;
    const rect = range.getClientRects()[0] ?? (node.nodeType === 3 ? node.parentNode : node).getBoundingClientRect();
    if (rect.bottom > view.bottom - 30) this.set(this.box.scrollTop + rect.bottom - view.bottom + 60);
    else if (rect.top < view.top) this.set(this.box.scrollTop + rect.top - view.top - 30);
  }
}
