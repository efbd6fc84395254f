/* An entry of the advice: whose object it is about, how that is named, and whether it saves enough. */
#include "advice.h"

uint32_t advice_owner(const struct advisor *a, uint32_t i)
{
	const struct objects *o = a->o;
	uint32_t owner = a->owners[i];

	if (!o->nodes[i].live || !o->nodes[i].reached || !is_global(o, owner))
		return OBJECT_NONE;
	struct table_key key = table_key(o, o->nodes[owner].parent, o->nodes[owner].label / 2);
	return is_probe(o, &key) ? OBJECT_NONE : owner;
}

const char *advice_path(const struct advisor *a, uint32_t i)
{
	struct strbuf path CLEANUP(strbuf_deinit) = STRBUF_INIT;

	objects_path(a->o, i, &path);
	return arena_text(&a->ret->arena, strbuf_text(&path), path.n_bytes);
}

int advice_add(const struct advisor *a, const struct advice *advice)
{
	return advice->saved_bytes < ADVICE_MIN_BYTES ? 0 : vec_push(a->ret, list, *advice);
}
