#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memprof/live/memory_probe.h"
#include "private.h"

enum { EARLY_READS_MAX = 2 };

/* ---- samples ---- */

int profile_keep_frames(struct profile *profile, const struct call_frame *frames, size_t n, uint32_t *ret_i_frame)
{
	struct site_samples *s = &profile->samples;
	int error = s->n_frames < SITES_NONE - CALL_STACK_MAX ? 0 : -ENOMEM;

	*ret_i_frame = (uint32_t)s->n_frames;
	for (size_t i = 0; i < n && error == 0; i++)
		error = vec_push(s, frames,
				 (struct event_site_frame){ frames[i].file, frames[i].name, frames[i].line });
	return error;
}

int profile_keep(struct profile *profile, const struct call_frame *frames, size_t n, struct site_sample *sample)
{
	int error = profile_keep_frames(profile, frames, n, &sample->i_frame);

	sample->n_frames = (uint32_t)n;
	return error < 0 ? error : vec_push(&profile->samples, samples, *sample);
}

/* ---- names ---- */

size_t profile_want_names(struct profile *profile)
{
	const struct site_samples *s = &profile->samples;

	if (profile->n_wanted < s->n_frames &&
	    site_texts_want(&profile->texts, s->frames + profile->n_wanted, s->n_frames - profile->n_wanted) < 0)
		profile->error = -ENOMEM;
	profile->n_wanted = s->n_frames;
	return profile->texts.n_names - profile->n_asked;
}

static int take_names(struct profile *profile, const struct objects *read, const uint32_t *qstrs, size_t n)
{
	int error = 0;

	for (size_t i = 0; i < n && error == 0; i++) {
		const char *text = call_name(read, qstrs[i]);
		if (text)
			error = site_texts_take(&profile->texts,
						&(struct event_site_name){ qstrs[i], { text, strlen(text) } });
	}
	return error;
}

/* *ret is set where something was read. */
static int read_names(struct profile *profile, const struct interpreter_ids *ids, struct memory_reader *r,
		      struct objects **ret, struct diag *diag)
{
	const struct site_texts *texts = &profile->texts;

	profile_want_names(profile);
	uint32_t *qstrs = calloc(texts->n_names + 1, sizeof(*qstrs));
	size_t n = 0;
	for (size_t i = 0; qstrs && i < texts->n_names; i++)
		if (!texts->names[i].text)
			qstrs[n++] = texts->names[i].number;
	int error = qstrs ? call_names_read(r, ids, qstrs, n, ret, diag) : -ENOMEM;
	if (error == 0) {
		profile->n_asked = texts->n_names;
		error = take_names(profile, *ret, qstrs, n);
	}
	free(qstrs);
	return error;
}

int profile_read_names(struct profile *profile, const struct interpreter_ids *ids, struct memory_reader *r,
		       struct diag *diag)
{
	struct objects *read = NULL;
	int error = read_names(profile, ids, r, &read, diag);

	objects_free(read);
	return error;
}

void profile_read_early(struct profile *profile, const struct probe_hello *hello, uint64_t used_bytes,
			struct memory_reader *r)
{
	struct interpreter_ids ids = probe_ids(hello);
	struct diag diag = { 0 };

	if (profile_want_names(profile) == 0 || profile->n_early_reads == EARLY_READS_MAX)
		return;
	ids.used_bytes = used_bytes;
	profile->n_early_reads++;
	profile->has_early |= profile_read_names(profile, &ids, r, &diag) == 0;
	profile->n_asked = profile->texts.n_names;
}

static int read_by_probe(struct program *p, struct memory_probe *probe,
			 void (*once_collected)(void *ctx, struct memory_reader *r), void *ctx, struct diag *diag)
{
	enum session_outcome outcome = memory_probe_begin(probe, p->session, diag);

	if (outcome != SESSION_DONE && !diag->text[0])
		diag_set(diag, -EIO, "%s",
			 outcome == SESSION_NO_ROOM ? "no memory is left for that" :
			 outcome == SESSION_STOPPED ? "it was stopped" :
						      "its prompt does not answer");
	if (outcome != SESSION_DONE)
		return -EIO;
	struct interpreter_ids ids = probe_ids(&probe->hello);
	int error = read_names(&p->profile, &ids, &probe->reader, &p->profile.memory, diag);
	if (error == 0 && once_collected && memory_probe_collect(probe) == SESSION_DONE)
		once_collected(ctx, &probe->reader);
	return error;
}

void profile_read(struct program *p, void (*once_collected)(void *ctx, struct memory_reader *r), void *ctx)
{
	struct profile *profile = &p->profile;
	struct memory_probe probe = { .session = NULL };
	struct diag diag = { 0 };

	int error = read_by_probe(p, &probe, once_collected, ctx, &diag);
	memory_probe_end(&probe);
	const char *why = diag.text[0] ? diag.text : strerror(-error);
	if (error < 0 && profile->has_early)
		session_notice(
			p->session, "note",
			"memory could not be read after the program (%s): names are those that were read while it"
			" ran",
			why);
	else if (error < 0)
		session_notice(p->session, "warning", "the names of files and functions could not be read: %s", why);
	if (profile->memory)
		profile->granule_bytes = call_names_granule_bytes(profile->memory);
	if (profile->sites->unit == SITES_BYTES)
		profile_set_objects(profile, program_objects_read(p, &p->result->info.n_read_bytes));
}

void profile_set_objects(struct profile *profile, struct objects *objects)
{
	profile->objects = objects;
	profile->owners = objects ? objects_owner_of_each(objects) : NULL;
}

/* ---- what samples stand for ---- */

static uint32_t frame_of(void *ctx, const struct event_site_frame *frame)
{
	const struct profile *profile = ctx;
	const char *name = site_text(&profile->texts, frame->name), *file = site_text(&profile->texts, frame->file);

	if (profile->script && strcmp(file, "<stdin>") == 0) {
		const char *slash = strrchr(profile->script, '/');
		file = slash ? slash + 1 : profile->script;
	}
	return sites_frame(profile->sites, file, name, call_line(frame->line, name));
}

static uint64_t bytes_in_area(const struct heap_area *area, uint32_t block_bytes, uint64_t address)
{
	uint64_t first = (address - area->base) / block_bytes, i = first + 1;

	if ((address - area->base) % block_bytes || area->kinds[first] == BLOCK_FREE ||
	    area->kinds[first] == BLOCK_TAIL)
		return 0;
	while (i < area->n_blocks && area->kinds[i] == BLOCK_TAIL)
		i++;
	return (i - first) * block_bytes;
}

static uint64_t bytes_in_heap(const struct heap_pool *pool, uint64_t address)
{
	for (uint32_t i = 0; i < pool->n_areas; i++) {
		const struct heap_area *area = &pool->areas[i];
		if (address >= area->base && (address - area->base) / pool->block_bytes < area->n_blocks)
			return bytes_in_area(area, pool->block_bytes, address);
	}
	return 0;
}

/* Garbage is no block. */
static uint64_t bytes_of_object(const struct objects *objects, uint64_t address)
{
	uint32_t i = objects_at(objects, address);
	struct object object = { .live = false };

	if (i != OBJECT_NONE)
		objects_get(objects, i, &object);
	return object.live && object.address == address ? object.n_bytes : 0;
}

static uint64_t block_bytes(void *ctx, uint64_t address)
{
	const struct profile *profile = ctx;

	return profile->heap.n_pools ? bytes_in_heap(profile->heap.pools, address) :
	       profile->memory       ? call_names_block_bytes(profile->memory, address) :
	       profile->objects      ? bytes_of_object(profile->objects, address) :
				       0;
}

const char *profile_holder(struct profile *profile, uint64_t address)
{
	uint32_t object = profile->owners ? objects_at(profile->objects, address) : OBJECT_NONE;
	uint32_t owner = object != OBJECT_NONE ? profile->owners[object] : OBJECT_NONE;

	strbuf_reset(&profile->holder);
	if (owner != OBJECT_NONE)
		objects_path(profile->objects, owner, &profile->holder);
	return program_is_owner(profile->objects, owner, strbuf_text(&profile->holder)) ?
		       strbuf_text(&profile->holder) :
		       "";
}

static const char *holder_of(void *ctx, uint64_t address) { return profile_holder(ctx, address); }

void profile_chain(struct profile *profile, uint32_t i_frame, size_t n_frames, uint32_t *ret)
{
	for (size_t i = 0; i < n_frames; i++)
		ret[i] = frame_of(profile, &profile->samples.frames[i_frame + i]);
}

/* ---- the end ---- */

int profile_add(struct profile *profile)
{
	const struct site_names names = { frame_of, block_bytes, holder_of, profile->granule_bytes, profile };
	const char *mark = profile->samples.mark;

	if (profile->error == 0 && mark)
		profile->error = sites_set_mark(profile->sites, mark);
	if (profile->error == 0)
		profile->error = site_samples_add(&profile->samples, &names, profile->sites);
	if (profile->error == 0)
		profile->error = sites_end(profile->sites);
	return profile->error;
}

const char *profile_why(int error) { return error == -E2BIG ? "there are too many different calls" : "out of memory"; }

const char profile_too_old[] =
	"its functions are those of MicroPython 1.18 or older, whose line tables memprof does not read";

bool profile_end(struct profile *profile, struct session *session)
{
	if (profile->samples.has_gaps)
		session_notice(session, "warning",
			       "some of what its agent sent was lost: samples are missing, and memory that seems to be"
			       " in use may have been freed");
	if (profile->error < 0)
		session_notice(session, "error", "%s", profile_why(profile->error));
	return profile->error == 0;
}

void profile_deinit(struct profile *profile)
{
	site_samples_deinit(&profile->samples);
	site_texts_deinit(&profile->texts);
	heap_deinit(&profile->heap);
	objects_free(profile->memory);
	objects_free(profile->objects);
	free(profile->owners);
	strbuf_deinit(&profile->holder);
}
