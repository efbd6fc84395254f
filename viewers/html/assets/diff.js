'use strict';
/* The page of a diff: above the table of blocks that changed, a picture of them. */
page.acts.push(() => {
	const { el, number } = page, table = page.tables.get('runs-table');
	if (!table)
		return;
	const runs = table.rows().map(row => ({ start: row[0], bytes: row[1], old: row[2][0], new: row[3][0], pool: row[4], row }));
	const names = [...new Set(runs.map(run => run.pool))], strips = new Map(), letters = [...new Set(runs.flatMap(run => [run.old, run.new]))].sort();
	const said = el('p', { class: 'note', role: 'status' }, '\u00a0');
	for (const name of names) {
		const own = runs.filter(run => run.pool === name);
		const strip = new Strip({
			label: own.length + ' runs of blocks of ' + name + ' changed; the table has them', runs: own,
			onchoose: run => { said.textContent = page.visible(run.start + ': ' + number(run.bytes) + ' B, ' + Strip.words(run)); },
		});
		strips.set(name, strip);
		Strip.shown = Strip.shown || strip;     // for who looks from outside: the tests
		table.node.before(...names.length > 1 ? [el('h3', {}, name)] : [], strip.node);
	}
	table.link(row => strips.get(row[4]).choose(runs.find(run => run.row === row)));
	table.node.before(el('div', { class: 'legend' }, letters.map(c => el('span', {}, el('i', { class: 'swatch', style: { background: 'var(' + Strip.colorOf(c) + ')' } }), c + ' ' + Strip.nameOf(c)))),
		el('p', { class: 'note' }, 'Above: before, below: now. A dashed line stands for addresses at which nothing changed.'), said);
});
