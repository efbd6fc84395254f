/* What is found in the interpreter's state and heap: where the stack is, and the names of functions and files. */
#include <errno.h>
#include <stdlib.h>

#include "memprof/objects/call_stack.h"
#include "private.h"

/* Only what it captures. */
static int read_objects(struct memory_reader *r, const struct interpreter_ids *ids, struct objects **ret,
			struct diag *diag)
{
	struct objects *o = calloc(1, sizeof(*o));

	if (!o)
		return -ENOMEM;
	o->ids = *ids;
	o->reader = r;
	int error = capture(o, diag);
	if (error < 0)
		objects_free(o);
	else
		*ret = o;
	return error;
}

int call_stacks_find(struct call_stacks *c, struct memory_reader *r, const struct interpreter_ids *ids,
		     const struct gc_areas *areas, uint64_t *ret_sp, struct diag *diag)
{
	enum { NLR_TOP_WORD = 2 }; /* from dict_locals (py/mpstate.h, mp_state_thread_t) */
	struct objects *o = NULL;
	int error = read_objects(r, ids, &o, diag);

	if (error == 0 && !o->stack_end)
		error = diag_set(diag, -ENOENT, "the stack was not found in the interpreter's state");
	if (error == 0)
		error = call_stacks_init(c, ids, areas ? areas : &o->areas, o->stack_end,
					 o->roots + NLR_TOP_WORD * ids->word_bytes);
	if (error == 0)
		*ret_sp = o->stack;
	objects_free(o);
	return error;
}

int call_names_read(struct memory_reader *r, const struct interpreter_ids *ids, const uint32_t *qstrs, size_t n_qstrs,
		    struct objects **ret, struct diag *diag)
{
	struct objects *o = NULL;
	int error = read_objects(r, ids, &o, diag);

	if (error == 0) {
		o->reader = r;
		error = names_read(o, qstrs, n_qstrs);
	}
	if (error < 0)
		objects_free(o);
	else
		*ret = o;
	return error;
}

const char *call_name(const struct objects *names, uint32_t qstr) { return name_of(names, qstr); }

uint64_t call_names_block_bytes(const struct objects *names, uint64_t address)
{
	const struct blocks *blocks = &names->blocks;
	uint32_t i = blocks_object(blocks, address);

	return i == OBJECT_NONE ? 0 : blocks_n_bytes(blocks, i);
}

uint32_t call_names_granule_bytes(const struct objects *names) { return names->blocks.block_bytes; }
