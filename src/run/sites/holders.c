/* What holds the memory that a program has left: the global that each object is named by. */
#include <stdlib.h>

#include "memprof/live/memory_probe.h"
#include "sites/sites.h"

void program_holders_read(struct program *p, struct program_holders *ret)
{
	struct memory_probe probe = { .session = NULL };
	struct diag diag = { 0 };
	uint64_t n_bytes;

	if (!session_has_prompt(p->session) || memory_probe_begin(&probe, p->session, &diag) != SESSION_DONE)
		return;
	if (program_objects_read(&probe, &ret->objects, &n_bytes, &diag) == 0)
		ret->owners = objects_owner_of_each(ret->objects);
	if (memory_probe_is_on(&probe))
		session_talk_end(p->session);
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
