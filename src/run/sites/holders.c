/* What holds the memory that a program has left: the global that each object is named by. */
#include <stdlib.h>

#include "sites/sites.h"

void program_holders_read(struct program *p, struct program_holders *ret)
{
	uint64_t n_bytes;

	ret->objects = program_objects_read(p, &n_bytes);
	ret->owners = ret->objects ? objects_owner_of_each(ret->objects) : NULL;
}

const char *program_holder(struct program_holders *h, uint64_t address)
{
	uint32_t object = h->owners ? objects_at(h->objects, address) : OBJECT_NONE;
	uint32_t owner = object != OBJECT_NONE ? h->owners[object] : OBJECT_NONE;

	strbuf_reset(&h->name);
	if (owner != OBJECT_NONE)
		objects_path(h->objects, owner, &h->name);
	return program_is_owner(h->objects, owner, strbuf_text(&h->name)) ? strbuf_text(&h->name) : "";
}

void program_holders_deinit(struct program_holders *h)
{
	objects_free(h->objects);
	free(h->owners);
	strbuf_deinit(&h->name);
}
