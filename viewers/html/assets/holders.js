'use strict';
/* The tree of a graph, as rows that open. Rows are made when they are to be seen: of what holds many, some at a time.
 *
 *	new Holders({ graph, label, color(i), onchoose(i) })
 * Then .node, .renew() when the graph was folded anew, .show(i): marks the row of an object, and opens all that it is in. */
class Holders {
	static FIRST = 50;              // rows of a level
	static MORE = 200;              // and at each click
	static AROUND = 3;              // before and behind a row that was asked for
	static DEEP = 24;               // levels; what is deeper begins at another one

	constructor({ graph, label, color, onchoose }) {
		Object.assign(this, { graph, color, onchoose, chosen: -1 });
		this.tree = page.el('div', { class: 'holders', role: 'tree', 'aria-label': label });
		this.above = page.el('div', { class: 'crumbs' });
		this.node = page.el('div', {}, this.above, page.el('div', { class: 'holders-head', 'aria-hidden': 'true' },
			page.el('span', {}, 'Object'), page.el('span', {}, 'Share'), page.el('span', {}, 'Retained'), page.el('span', {}, 'Objects')), this.tree);
		this.tree.addEventListener('click', event => this.click(event));
		this.tree.addEventListener('keydown', event => this.key(event));
		this.renew();
	}

	renew() {
		const { graph } = this;
		this.open = new Map([[graph.LIVE, this.some(graph.LIVE, 0)]]);   // of each that is open, the kids that are shown: [[from, to]]
		const [first] = graph.kids(graph.LIVE);
		if (first !== undefined && graph.hasKids(first) && graph.size[first] > graph.size[graph.LIVE] / 2)
			this.open.set(first, this.some(first, 0));
		this.renewOpen();
	}

	/* ---- rows ---- */

	begin(tops) {
		const { graph } = this, up = graph.up[tops[0]];
		this.tops = tops;
		this.tree.replaceChildren(...tops.flatMap(i => this.rows(i, 1)));
		this.above.classList.toggle('off', up < 0);
		this.above.replaceChildren(...up < 0 ? [] : [
			page.el('button', { type: 'button', onclick: () => { this.renew(); this.focus(this.tree.firstChild); } }, 'All'),
			page.el('span', { class: 'faint' }, '\u203a \u2026 ' + page.number(graph.chain(up).length - 1) + ' levels \u203a'),
			page.el('button', { type: 'button', onclick: () => this.rise() }, graph.label(up).name), page.el('span', { class: 'faint' }, '\u203a')]);
		this.settle();
	}
	/* Begins above where it begins now. */
	rise() {
		const { graph } = this, was = this.tops[0], chain = graph.chain(was);
		const from = Math.max(0, chain.length - 1 - Holders.DEEP / 2);
		for (let k = from; k + 1 < chain.length; k++)
			this.uncover(chain[k], chain[k + 1]);
		if (from === 0)
			this.renewOpen();
		else
			this.begin([chain[from]]);
		this.focus(this.rowOf(was));
	}
	renewOpen() {
		const { graph } = this;
		this.begin([graph.LIVE, ...graph.hasKids(graph.COLLECTABLE) ? [graph.COLLECTABLE] : []]);
	}
	some(i, at) {
		const n = this.graph.firstKid[i + 1] - this.graph.firstKid[i];
		return [[at, Math.min(n, at + Holders.FIRST)]];
	}
	/* A row, and those of what is open below. */
	rows(top, level) {
		const rows = [], stack = [[top, level]];
		while (stack.length) {
			const [i, at, gap] = stack.pop();
			if (gap) {
				rows.push(this.gap(i, at, gap));
				continue;
			}
			rows.push(this.row(i, at));
			if (this.open.has(i))
				stack.push(...this.inside(i, at + 1, this.open.get(i)).reverse());
		}
		return rows;
	}
	inside(i, level, ranges) {
		const kids = this.graph.kids(i), parts = [];
		let at = 0;
		for (const [from, to] of [...ranges, [kids.length, kids.length]]) {
			if (at < from)
				parts.push([i, level, [at, from]]);
			for (let k = from; k < to; k++)
				parts.push([kids[k], level]);
			at = to;
		}
		return parts;
	}
	row(i, level) {
		const { graph } = this, { name, elsewhere } = i < graph.n ? graph.label(i) : { name: graph.title(i) }, up = graph.up[i];
		const what = i < graph.n ? graph.what(i) : '', isOpen = this.open.has(i);
		const part = up >= 0 ? graph.size[i] / (graph.size[up] || 1) : graph.size[i] / (graph.size[graph.LIVE] + graph.size[graph.COLLECTABLE] || 1);
		const more = what && what !== name ? [' ', page.el('span', { class: 'faint' }, what)] : null;
		return page.el('div', { class: 'holder' + (elsewhere ? ' elsewhere' : ''), role: 'treeitem', tabindex: -1, 'data-i': i, 'aria-level': level,
			'aria-expanded': graph.hasKids(i) ? String(isOpen) : null, 'aria-selected': i === this.chosen ? 'true' : null, style: { '--level': Math.min(level - 1, 24) } },
		page.el('span', { class: 'says-what' }, page.el('span', { class: 'twist', 'aria-hidden': 'true' }, graph.hasKids(i) ? isOpen ? '\u25be' : '\u25b8' : ''),
			page.el('i', { class: 'dot', style: { '--c': 'var(' + this.color(i) + ')' } }), page.el('span', { class: 'called', title: elsewhere ? 'its name leads there by another way' : null },
				elsewhere ? page.el('span', { class: 'faint', role: 'img', 'aria-label': 'by another way' }, '\u2197 ') : null, name, more)),
		page.el('span', { class: 'share' }, page.el('i', { style: { width: Math.min(100, 100 * part) + '%' } })),
		page.el('span', { class: 'num' }, page.number(graph.size[i])), page.el('span', { class: 'num' }, page.number(graph.count[i])));
	}
	/* A row for kids that are not shown. */
	gap(i, level, [from, to]) {
		const { graph } = this, kids = graph.kids(i);
		const size = graph.start[kids[to - 1]] + graph.size[kids[to - 1]] - graph.start[kids[from]];
		return page.el('div', { class: 'holder gap', role: 'treeitem', tabindex: -1, 'data-of': i, 'data-from': from, 'data-to': to, 'aria-level': level,
			style: { '--level': Math.min(level - 1, 24) } }, page.el('span', { class: 'says-what' }, page.el('span', { class: 'twist' }),
			'\u2026 ' + page.number(to - from) + ' more, ' + page.human(size)));
	}
	rowOf(i) {
		return this.tree.querySelector('[data-i="' + i + '"]');
	}
	level(row) {
		return Number(row.getAttribute('aria-level'));
	}

	/* ---- opening ---- */

	expand(row) {
		const i = Number(row.dataset.i), level = this.level(row);
		if (!this.graph.hasKids(i) || this.open.has(i))
			return;
		this.open.set(i, this.some(i, 0));
		if (level > Holders.DEEP) {
			this.begin([i]);
			this.focus(this.tree.firstChild);
			return;
		}
		this.again(row, i, level);
	}
	collapse(row) {
		const i = Number(row.dataset.i), level = this.level(row);
		if (!this.open.delete(i))
			return;
		while (row.nextSibling && this.level(row.nextSibling) > level)
			row.nextSibling.remove();
		this.again(row, i, level);
	}
	again(row, i, level) {
		const rows = this.rows(i, level), had = row === document.activeElement;
		row.replaceWith(...rows);
		if (had)
			this.focus(rows[0]);
		this.settle();
	}
	/* Some of those that a row stands for. */
	fill(row) {
		const { of, from, to } = row.dataset, i = Number(of), a = Number(from), level = this.level(row);
		const b = Math.min(Number(to), a + Holders.MORE);
		this.open.set(i, this.join([...this.open.get(i), [a, b]]));
		const rows = this.inside(i, level, [[a, b]]).filter(([, , gap]) => !gap || gap[0] >= b && gap[0] < Number(to))
			.flatMap(([k, at, gap]) => gap ? this.gap(k, at, [gap[0], Number(to)]) : this.rows(k, at));
		row.replaceWith(...rows);
		this.settle();
		this.focus(rows[0]);
	}
	join(ranges) {
		const joined = [];
		for (const [from, to] of ranges.sort((a, b) => a[0] - b[0])) {
			const last = joined[joined.length - 1];
			if (last && from <= last[1])
				last[1] = Math.max(last[1], to);
			else
				joined.push([from, to]);
		}
		return joined;
	}
	/* So that a kid has a row. */
	uncover(i, kid) {
		const k = this.graph.kids(i).indexOf(kid), n = this.graph.kids(i).length;
		const ranges = this.open.get(i) || [[0, Math.min(n, Holders.AROUND * 2)]];
		this.open.set(i, this.join([...ranges, [Math.max(0, k - Holders.AROUND), Math.min(n, k + Holders.AROUND + 1)]]));
	}
	show(i, isQuiet) {
		const { graph } = this, chain = graph.chain(i);
		this.chosen = i;
		if (!this.rowOf(i)) {
			const from = chain.length > Holders.DEEP ? chain.length - 1 - Holders.DEEP / 2 : 0;
			for (let k = from; k + 1 < chain.length; k++)
				this.uncover(chain[k], chain[k + 1]);
			if (from)
				this.begin([chain[from]]);
			else
				this.renewOpen();
		}
		for (const row of this.tree.querySelectorAll('[aria-selected]'))
			row.removeAttribute('aria-selected');
		const row = this.rowOf(i);
		row.setAttribute('aria-selected', 'true');
		this.tab(row);
		if (!isQuiet) {                 // within the tree: the page stays where it is
			const box = this.tree.getBoundingClientRect(), at = row.getBoundingClientRect();
			if (at.top < box.top || at.bottom > box.bottom)
				this.tree.scrollTop += at.top - box.top - box.height / 3;
		}
	}

	/* ---- hands ---- */

	tab(row) {
		for (const other of this.tree.querySelectorAll('[tabindex="0"]'))
			other.tabIndex = -1;
		row.tabIndex = 0;
	}
	settle() {
		if (!this.tree.querySelector('[tabindex="0"]') && this.tree.firstChild)
			this.tree.firstChild.tabIndex = 0;
	}
	focus(row) {
		if (!row)
			return;
		this.tab(row);
		row.focus({ preventScroll: true });
		row.scrollIntoView({ block: 'nearest' });
	}
	click(event) {
		const row = event.target.closest('.holder');
		if (!row)
			return;
		if (row.dataset.of) {
			this.fill(row);
			return;
		}
		const i = Number(row.dataset.i);
		if (event.target.closest('.twist') && this.graph.hasKids(i)) {
			this.toggle(row);
			return;
		}
		this.expand(row);
		this.focus(this.rowOf(i));
		this.onchoose(i);
	}
	toggle(row) {
		row.focus({ preventScroll: true });
		if (this.open.has(Number(row.dataset.i)))
			this.collapse(row);
		else
			this.expand(row);
	}
	key(event) {
		const row = event.target.closest('.holder');
		if (!row || event.ctrlKey || event.altKey || event.metaKey)
			return;
		const isGap = Boolean(row.dataset.of), i = Number(row.dataset.i), isOpen = !isGap && this.open.has(i);
		const PAGE = 15;
		const walk = (from, step, n) => {
			let at = from;
			for (let k = 0; k < n && at[step]; k++)
				at = at[step];
			return at;
		};
		let to = null;
		if (event.key === 'ArrowDown')
			to = row.nextSibling;
		else if (event.key === 'ArrowUp')
			to = row.previousSibling;
		else if (event.key === 'PageDown')
			to = walk(row, 'nextSibling', PAGE);
		else if (event.key === 'PageUp')
			to = walk(row, 'previousSibling', PAGE);
		else if (event.key === 'Home')
			to = this.tree.firstChild;
		else if (event.key === 'End')
			to = this.tree.lastChild;
		else if (event.key === 'ArrowRight' && isGap || (event.key === 'Enter' || event.key === ' ') && isGap)
			this.fill(row);
		else if (event.key === 'ArrowRight' && isOpen)
			to = row.nextSibling;
		else if (event.key === 'ArrowRight')
			this.expand(row);
		else if (event.key === 'ArrowLeft' && isOpen)
			this.collapse(row);
		else if (event.key === 'ArrowLeft')
			for (to = row.previousSibling; to && this.level(to) >= this.level(row);)
				to = to.previousSibling;
		else if (event.key === 'Enter' || event.key === ' ')
			this.onchoose(i);
		else
			return;
		event.preventDefault();
		this.focus(to);
	}
}
