'use strict';
/* The objects of a heap as columns of numbers (viewers/html/objects.c writes them), and the tree of who holds what.
 *
 * An object is its index. Two more nodes are behind them: graph.LIVE holds what no object holds, graph.COLLECTABLE what the next
 * collection frees, where nobody knows who holds whom.
 *
 * A part of an object, such as the items of a list, is folded into its owner where that is its holder too: then it adds to own[owner],
 * and what it holds is held by the owner. So the tree is one of objects as Python has them, and its sums stay what they are. One
 * part can be kept out of this: fold(part).
 *
 *	graph.up[i]           who holds it, in the tree; -1: it is folded, into graph.rep[i]
 *	graph.own[i] .size[i] .count[i]      bytes with its parts; what it retains, or own bytes of what is collectable; objects in it
 *	graph.kids(i)         what it holds, largest first; they lie one behind the other from graph.start[i] on
 *	graph.path(i) .title(i) .label(i) .what(i)      texts, of the board: to be shown as text only
 *	graph.references(i) .referrers(i) .parts(i)     [{ i, n }], [{ i, n }], [i] */
class Graph {
	static STEPS_MAX = 64;          // of a path, as src/objects/paths.c has it

	constructor(lists, bytes, steps) {
		const n = lists.objects, { kinds, classes } = lists;
		let at = 0;
		const number = () => {
			let byte = bytes[at++], value = byte & 127;
			for (let scale = 128; byte > 127; scale *= 128) {
				byte = bytes[at++];
				value += (byte & 127) * scale;
			}
			return value;
		};
		const change = value => value % 2 ? -(value + 1) / 2 : value / 2;
		const column = (Type, read) => {
			const all = new Type(n);
			for (let i = 0; i < n; i++)
				all[i] = read(i);
			return all;
		};
		const index = i => { const value = number(); return value ? i + change(value - 1) : -1; };
		let behind = 0;
		const changes = column(Float64Array, () => change(number()));
		this.bytes = column(Float64Array, number);
		this.offset = column(Float64Array, i => { const from = behind + changes[i]; behind = from + this.bytes[i]; return from; });
		const flags = column(Uint8Array, number);
		this.kind = column(Uint32Array, number);
		this.class = column(Uint32Array, number);
		this.holder = column(Int32Array, index);
		this.parent = column(Int32Array, index);
		this.live = flags.map(flag => flag & 1);
		this.part = flags.map(flag => flag >> 1 & 1);
		this.first = new Uint32Array(n + 2);
		const to = [];
		for (let i = 0; i <= n; i++) {
			let last = i < n ? i : 0;
			for (let k = number(); k > 0; k--)
				to.push(last += change(number()));
			this.first[i + 1] = to.length;
		}
		this.to = Uint32Array.from(to);
		Object.assign(this, { n, kinds, classes, steps: steps.split('\n'), base: BigInt(lists.base), LIVE: n, COLLECTABLE: n + 1,
			roots: new Map(lists.roots.map(root => [root.object, root.name])) });
		this.rooted = new Uint8Array(n);
		for (let k = this.first[n]; k < this.first[n + 1]; k++)
			this.rooted[this.to[k]] = 1;
		this.add();
		this.fold(-1);
	}

	/* What each retains: those that hold nothing first, then those of which all that they hold is known. */
	add() {
		const { n, holder, live, bytes } = this, waits = new Uint32Array(n), ready = [];
		this.size = new Float64Array(n + 2);
		this.count = new Uint32Array(n + 2);
		for (let i = 0; i < n; i++)
			if (holder[i] >= 0)
				waits[holder[i]]++;
		for (let i = 0; i < n; i++)
			if (!waits[i])
				ready.push(i);
		for (let k = 0; k < ready.length; k++) {
			const i = ready[k], up = !live[i] ? this.COLLECTABLE : holder[i] < 0 ? this.LIVE : holder[i];
			this.size[i] += bytes[i];
			this.count[i]++;
			this.size[up] += this.size[i];
			this.count[up] += this.count[i];
			if (up < n && --waits[up] === 0)
				ready.push(up);
		}
	}

	fold(bare) {
		const { n, holder, parent, part, live } = this;
		const folds = i => part[i] && i !== bare && holder[i] >= 0 && holder[i] === parent[i];
		this.bare = bare;
		this.rep = new Int32Array(n);
		this.own = new Float64Array(n + 2);
		this.up = new Int32Array(n + 2).fill(-1);
		const first = this.firstKid = new Uint32Array(n + 3);
		for (let i = 0; i < n; i++) {
			let to = i;
			while (folds(to))
				to = holder[to];
			this.rep[i] = to;
			this.own[to] += this.bytes[i];
		}
		for (let i = 0; i < n; i++) {
			if (this.rep[i] !== i)
				continue;
			this.up[i] = !live[i] ? this.COLLECTABLE : holder[i] < 0 ? this.LIVE : this.rep[holder[i]];
			first[this.up[i] + 1]++;
		}
		for (let i = 0; i < n + 2; i++)
			first[i + 1] += first[i];
		const next = first.slice();
		this.kidList = new Uint32Array(first[n + 2]);
		for (let i = 0; i < n; i++)
			if (this.up[i] >= 0)
				this.kidList[next[this.up[i]]++] = i;
		this.sorted = new Uint8Array(n + 2);
		this.start = new Float64Array(n + 2);
	}

	hasKids(i) {
		return this.firstKid[i + 1] > this.firstKid[i];
	}
	kids(i) {
		const list = this.kidList.subarray(this.firstKid[i], this.firstKid[i + 1]);
		if (!this.sorted[i]) {
			const { size } = this;
			list.sort((a, b) => size[b] - size[a] || a - b);
			let at = this.start[i];
			for (const kid of list) {
				this.start[kid] = at;
				at += size[kid];
			}
			this.sorted[i] = 1;
		}
		return list;
	}
	/* Those that hold it, from the outermost; itself is the last. */
	chain(i) {
		const chain = [];
		for (; i >= 0; i = this.up[i])
			chain.push(i);
		chain.reverse();
		for (let k = 0; k + 1 < chain.length; k++)
			this.kids(chain[k]);            // so each has its start
		return chain;
	}

	/* ---- texts ---- */

	address(i) {
		return '0x' + (this.base + BigInt(this.offset[i])).toString(16);
	}
	/* The object that has this address, any in it; -1. */
	at(text) {
		const offset = /^0x[0-9a-f]{1,16}$/i.test(text) ? Number(BigInt(text) - this.base) : -1;
		for (let i = 0; offset >= 0 && i < this.n; i++)
			if (this.offset[i] <= offset && offset < this.offset[i] + this.bytes[i])
				return i;
		return -1;
	}
	/* The steps from below an object to another, or from a root: each(whose step it is, text). */
	walk(i, above, each) {
		const way = [];
		for (; i !== above && this.parent[i] >= 0 && way.length < Graph.STEPS_MAX; i = this.parent[i])
			way.push(i);
		const isCut = above < 0 && this.parent[i] >= 0;
		let isFirst = true;
		if (isCut)
			each(-1, '...');
		else if (above < 0)
			way.push(i);
		for (let k = way.length - 1; k >= 0; k--) {
			const step = this.steps[way[k]];
			if (step !== '')                // an attribute has no dot where a path begins
				each(way[k], isFirst && !isCut && step !== '.<key>' && step[0] === '.' ? step.slice(1) : step);
			isFirst = isFirst && step === '';
		}
	}
	join(i, above) {
		let path = '';
		this.walk(i, above, (at, step) => { path += step; });
		return path;
	}
	path(i) {
		return i < this.n ? this.join(i, -1) || this.roots.get(i) || '' : '';
	}
	title(i) {
		return i === this.LIVE ? 'all that is live' : i === this.COLLECTABLE ? 'garbage' : this.path(i) ||
			(this.live[i] ? '(no name leads there)' : '(garbage)');
	}
	/* What it is called below the one that holds it: the last steps of its path, its address if it has none; elsewhere: its path
	 * leads there another way. */
	label(i) {
		const up = this.up[i];
		let at = i;
		while (at >= 0 && at < this.n && (at === i || this.rep[at] === up) && at !== up)
			at = this.parent[at];
		const isHere = at >= 0 && at === up;
		return isHere ? { name: this.join(i, up) || this.what(i), elsewhere: false } :
			{ name: this.path(i) || (i < this.n ? this.address(i) : this.title(i)), elsewhere: up >= 0 && up < this.n };
	}
	what(i) {
		return i >= this.n ? '' : this.class[i] ? this.classes[this.class[i] - 1] : this.kinds[this.kind[i]];
	}

	/* ---- references ---- */

	/* Of an object and its parts, without references to its own parts: how often each is referred to. */
	tally(i, each) {
		const found = new Map();
		for (const part of [i, ...this.parts(i)])
			each(part, (other, referred) => {
				const to = other < this.n ? this.rep[other] : other;
				if (to !== i || referred === i)
					found.set(to, (found.get(to) || 0) + 1);
			});
		return [...found].map(([to, n]) => ({ i: to, n }));
	}
	references(i) {
		return this.tally(i, (part, add) => {
			for (let k = this.first[part]; k < this.first[part + 1]; k++)
				add(this.to[k], this.to[k]);
		});
	}
	/* With graph.LIVE for the roots. */
	referrers(i) {
		if (!this.firstFrom) {
			const { n, first, to } = this, count = this.firstFrom = new Uint32Array(n + 1);
			for (const object of to)
				count[object + 1]++;
			for (let k = 0; k < n; k++)
				count[k + 1] += count[k];
			const next = count.slice();
			this.from = new Uint32Array(to.length);
			for (let from = 0; from <= n; from++)
				for (let k = first[from]; k < first[from + 1]; k++)
					this.from[next[to[k]]++] = from;
		}
		return this.tally(i, (part, add) => {
			for (let k = this.firstFrom[part]; k < this.firstFrom[part + 1]; k++)
				add(this.from[k], part);
		});
	}
	/* What is folded into it. */
	parts(i) {
		const parts = [];
		for (let k = 0; k < this.n; k++)
			if (this.rep[k] === i && k !== i)
				parts.push(k);
		return parts;
	}
}
