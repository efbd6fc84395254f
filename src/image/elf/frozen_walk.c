/* Frozen modules of an ELF without local symbols (strip -x): pointers lead from mp_frozen_mpy_content to the parts of a
 * module, and each part reaches to the next known address. That is too far where something without a symbol lies
 * between, and too short for machine code, which lies elsewhere. */
#include <errno.h>
#include <stdlib.h>

#include "elf/frozen.h"
#include "memprof/base/vec.h"

struct node {
	uint64_t address;
	size_t i_module;
};

struct walk {
	const struct elf_file *elf;
	VEC(struct node, nodes);
};

static int add_node(struct walk *w, uint64_t address, size_t i_module)
{
	return elf_content(w->elf, address, 1) ? vec_push(w, nodes, (struct node){ address, i_module }) : 0;
}

/* mp_frozen_module_t is { qstrs, objects, proto }; a proto that begins with two zeroes is { 0, 0, …; code; children },
 * any other is the code itself (checked against builds of 1.25.0). */
static int add_module(struct walk *w, uint64_t address, size_t i_module)
{
	unsigned word_bytes = w->elf->image->address_bits / 8;
	uint64_t proto = 0, to, zeroes;
	int r = add_node(w, address, i_module);

	for (unsigned i = 0; i < 3 && r == 0; i++)
		if (elf_pointer(w->elf, address + i * word_bytes, &to)) {
			r = add_node(w, to, i_module);
			proto = to;
		}
	if (!elf_number(w->elf, proto, 2, &zeroes) || zeroes)
		return r;
	for (unsigned i = 1; i < 3 && r == 0; i++)
		if (elf_pointer(w->elf, proto + i * word_bytes, &to))
			r = add_node(w, to, i_module);
	return r;
}

static int by_address(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->i_module < y->i_module ? -1 : x->i_module > y->i_module;
}

int frozen_walk(const struct frozen_source *source, struct image_frozen *modules, size_t n_modules)
{
	const struct frozen_symbol *content = frozen_find_symbol(source, "mp_frozen_mpy_content");
	struct walk w = { .elf = source->elf };
	unsigned word_bytes = source->elf->image->address_bits / 8;
	uint64_t address;
	int r = 0;

	if (!content || content->elf->size_bytes != n_modules * word_bytes)
		return 0;
	for (size_t i = 0; i < n_modules && r == 0; i++)
		if (!modules[i].size_bytes && elf_pointer(w.elf, content->address + i * word_bytes, &address))
			r = add_module(&w, address, i);
	if (w.n_nodes)
		qsort(w.nodes, w.n_nodes, sizeof(*w.nodes), by_address);
	for (size_t i = 0; i < w.n_nodes; i++) {
		uint64_t end = elf_next_symbol(w.elf, w.nodes[i].address);
		if (i + 1 < w.n_nodes)
			end = MIN(end, w.nodes[i + 1].address);
		modules[w.nodes[i].i_module].size_bytes += end - w.nodes[i].address;
	}
	if (w.n_nodes)
		image_note(source->elf->image, "this ELF has no local symbols: sizes of frozen modules are estimated");
	vec_deinit(&w, nodes);
	return r;
}
