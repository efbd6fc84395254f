'use strict';
/* Runs of blocks that changed, by address: rows from left to right, each with what was there above what is there now. Addresses
 * at which nothing changed are blank; where nothing did for long, they are left out, and a gap is drawn.
 *
 *	new Strip({ label, runs, onchoose(run) })
 * runs: of memprof.diff/1, of one pool, in order. Then .node, .choose(run). */
class Strip {
	static LANE_PX = 13;
	static ROW_PX = 42;
	static ROWS_MAX = 24;

	constructor({ label, runs, onchoose }) {
		this.runs = runs.map(run => ({ run, start: Number(run.start), bytes: run.bytes }));
		this.chosen = null;
		this.canvas = page.el('canvas', { role: 'img', 'aria-label': label });
		this.node = page.el('figure', { class: 'strip' }, this.canvas);
		this.fold();
		const under = event => {
			const box = this.canvas.getBoundingClientRect();
			return this.at(event.clientX - box.left, event.clientY - box.top);
		};
		this.canvas.addEventListener('pointermove', event => {
			const one = under(event);
			page.tip(event.clientX, event.clientY, one && [page.el('b', {}, Strip.words(one.run)), page.el('br'),
				page.el('span', { class: 'mono' }, one.run.start), ' \u00b7 ' + page.number(one.bytes) + ' B']);
		});
		this.canvas.addEventListener('pointerleave', () => page.tip(0, 0, null));
		this.canvas.addEventListener('click', event => {
			const one = under(event);
			if (one) {
				this.choose(one.run);
				onchoose(one.run);
			}
		});
		document.addEventListener('themechange', () => this.draw());
		new ResizeObserver(() => this.draw()).observe(this.node);
	}

	static words(run) {
		const name = letter => letter === '.' ? 'free' : letter + ' ' + Strip.nameOf(letter);
		return name(run.old) + ' \u2192 ' + name(run.new);
	}
	/* Of a block: its object begins elsewhere now. */
	static nameOf(letter) {
		return letter === '=' ? 'tail of an object' : heaps.name(letter);
	}

	static colorOf(letter) {                // as a name of the styles
		return letter === '.' ? '--k-free' : letter === ' ' ? '--k-missing' : 'hTLDSAFBMm'.includes(letter) ? '--k-' + letter : '--k-other';
	}

	/* Where each run is on one long line: a stretch of nothing is at most as long as a fiftieth of what changed. */
	fold() {
		const changed = this.runs.reduce((sum, one) => sum + one.bytes, 0), most = Math.max(64, changed / 50);
		let at = 0, end = null;
		this.folds = [];
		for (const one of this.runs) {
			const blank = end === null ? 0 : Math.max(0, one.start - end);
			at += Math.min(blank, most);
			if (blank > most)
				this.folds.push(at - most / 2);
			one.at = at;
			at += one.bytes;
			end = one.start + one.bytes;
		}
		this.length = Math.max(1, at);
	}
	get rows() {
		return Math.max(1, Math.min(Strip.ROWS_MAX, Math.ceil(this.length / 16 * 5 / Math.max(1, this.width))));
	}

	draw() {
		const scale = devicePixelRatio || 1, width = this.width = this.node.clientWidth || 800, { rows } = this;
		const height = rows * Strip.ROW_PX - 12, context = this.canvas.getContext('2d');
		const rgb = name => 'rgb(' + page.color(name).join() + ')';
		this.canvas.width = width * scale;
		this.canvas.height = height * scale;
		this.canvas.style.height = height + 'px';
		context.scale(scale, scale);
		const perRow = this.length / rows, px = bytes => bytes / perRow * width;
		context.font = '600 10px ui-monospace, monospace';
		context.textAlign = 'center';
		context.textBaseline = 'middle';
		for (const one of this.runs)
			for (let row = Math.floor(one.at / perRow); row < rows && row * perRow < one.at + one.bytes; row++) {
				const x0 = px(Math.max(0, one.at - row * perRow)), x1 = px(Math.min(perRow, one.at + one.bytes - row * perRow)), y = row * Strip.ROW_PX;
				const w = Math.max(.7, x1 - x0 - (x1 - x0 > 3 ? .6 : 0));
				[one.run.old, one.run.new].forEach((letter, lane) => {
					const top = y + lane * (Strip.LANE_PX + 2);
					context.fillStyle = rgb(Strip.colorOf(letter));
					context.fillRect(x0, top, w, Strip.LANE_PX);
					if (w >= 9) {
						const [r, g, b] = context.fillStyle.startsWith('#') ? context.fillStyle.match(/\w\w/g).map(h => parseInt(h, 16)) : [0, 0, 0];
						context.fillStyle = .299 * r + .587 * g + .114 * b > 140 ? '#14171b' : '#fff';
						context.fillText(page.visible(letter).slice(-1), x0 + w / 2, top + Strip.LANE_PX / 2 + .5);
					}
				});
				if (one.run === this.chosen) {
					context.strokeStyle = rgb('--ink');
					context.lineWidth = 2;
					context.strokeRect(x0 - 1, y - .5, w + 2, 2 * Strip.LANE_PX + 3);
				}
			}
		context.strokeStyle = rgb('--faint');
		context.lineWidth = 1;
		context.setLineDash([2, 2]);
		for (const fold of this.folds) {
			const row = Math.min(rows - 1, Math.floor(fold / perRow)), x = Math.round(px(fold - row * perRow)) + .5;
			context.beginPath();
			context.moveTo(x, row * Strip.ROW_PX);
			context.lineTo(x, row * Strip.ROW_PX + 2 * Strip.LANE_PX + 2);
			context.stroke();
		}
		context.setLineDash([]);
	}
	at(x, y) {
		const row = Math.floor(y / Strip.ROW_PX), perRow = this.length / this.rows, at = row * perRow + x / this.width * perRow, slack = 2 * perRow / this.width;
		return this.runs.find(one => one.at <= at && at < one.at + one.bytes) ||
			this.runs.find(one => one.at - slack <= at && at < one.at + one.bytes + slack) || null;
	}
	choose(run) {
		this.chosen = run;
		this.draw();
	}
}
