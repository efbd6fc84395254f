/* Whose memory is left: read by the probe once the program has ended. */
#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "memprof/io/clock.h"
#include "memprof/live/memory_probe.h"
#include "memprof/objects/objects.h"
#include "private.h"

enum { PATIENCE_US = 10000000 };

struct objects *program_objects_read(struct program *p, uint64_t *ret_n_bytes)
{
	struct memory_probe probe = { .session = NULL };
	struct objects *objects = NULL;
	struct diag diag = { 0 };

	*ret_n_bytes = 0;
	if (!session_has_prompt(p->session) || memory_probe_begin(&probe, p->session, &diag) != SESSION_DONE)
		return NULL;
	struct interpreter_ids ids = probe_ids(&probe.hello);
	probe.patience_us = PATIENCE_US;
	if (objects_read(&probe.reader, &ids, &objects, &diag) < 0)
		objects = NULL;
	memory_probe_end(&probe);
	*ret_n_bytes = probe.reader.n_bytes;
	return objects;
}

bool program_is_owner(const struct objects *o, uint32_t owner, const char *name)
{
	struct object object;

	if (owner == OBJECT_NONE || name[0] == '<')
		return false;
	objects_get(o, owner, &object);
	return !object.is_part && strcmp(name, "__memprof") != 0;
}

static void copy(char *to, size_t room, const char *from) { text_copy(to, room, from, strlen(from)); }

/* The class in Python that takes most of it, or else the kind. */
static const struct objects_owned *most_of(const struct objects_owners *owners, const struct objects_owned *owned)
{
	const struct objects_owned *parts = &owners->parts[owned->i_part];

	for (size_t i = 0; i < owned->n_parts; i++)
		if (parts[i].is_class)
			return &parts[i];
	return parts;
}

static void add_owner(struct run_info *info, const struct objects *o, const struct objects_owners *owners,
		      const struct objects_owned *owned)
{
	struct run_owner *ret = &info->owners[info->n_owners++];
	const struct objects_owned *most = most_of(owners, owned);
	struct object object;

	objects_get(o, owned->object, &object);
	*ret = (struct run_owner){ .n_most = most->sum.n_objects,
				   .n_objects = owned->sum.n_objects,
				   .n_bytes = owned->sum.n_bytes };
	copy(ret->path, sizeof(ret->path), owned->name);
	copy(ret->kind, sizeof(ret->kind), object.kind);
	copy(ret->class, sizeof(ret->class), object.class ? object.class : "");
	copy(ret->most, sizeof(ret->most), most->name);
}

static void add_owners(struct run_info *info, const struct objects *o)
{
	struct objects_owners owners = { .n_owners = 0 };

	info->has_owners = objects_owners(o, NULL, NULL, &owners) == 0;
	for (size_t i = 0; i < owners.n_owners && info->n_owners < RUN_OWNERS_MAX && info->has_owners; i++)
		if (program_is_owner(o, owners.owners[i].object, owners.owners[i].name))
			add_owner(info, o, &owners, &owners.owners[i]);
	objects_owners_deinit(&owners);
}

/* A quarter of what is kept, at least, and twice as much as the next. Blocks that no global owns, of frames and of
 * interned strings, are kept too. */
static bool stands_out(const struct run_info *info)
{
	uint64_t next = info->n_owners > 1 ? info->owners[1].n_bytes : 0;
	int64_t kept = (int64_t)(info->collected.used_bytes - info->before.used_bytes);

	return info->n_owners > 0 && info->before.used_bytes != NOT_KNOWN && info->collected.used_bytes != NOT_KNOWN &&
	       kept > 0 && info->owners[0].n_bytes >= 2 * next && 4 * info->owners[0].n_bytes >= (uint64_t)kept &&
	       info->owners[0].n_bytes <= (uint64_t)kept; /* else it was there before */
}

static void read_owners(struct program *p, struct run_row *row)
{
	struct run_info *info = &p->result->info;
	uint64_t began_us = clock_now_us();

	(void)row;
	if (!p->result->ran || p->records || p->result->gone || p->result->cut_by_us || info->restarted ||
	    info->unanswered)
		return;
	p->result->objects = p->profile.objects ? p->profile.objects : program_objects_read(p, &info->n_read_bytes);
	p->profile.objects = NULL;
	if (p->result->objects)
		add_owners(info, p->result->objects);
	info->has_holder = stands_out(info);
	info->read_us = clock_now_us() - began_us;
}

static bool is_wanted(const struct program_options *o) { return o->reads_memory && !o->first_alloc; }

const struct run_hook hook_owners = { .name = "owners", .is_wanted = is_wanted, .finish = read_owners };
