/* Which samples of an agent are of blocks that are still in use. Of those that it followed, it reports what became of
 * them; of others, whether there is such a block at their addresses. */
#include <stdlib.h>

#include "sites/private.h"

/* Of a line of which so many blocks were followed, and all were freed, the others are in doubt. */
enum { ENOUGH_FREED = 16 };

/* By address, and at one address in their order. */
static int by_address(const void *a, const void *b)
{
	const struct site_sample *x = *(const struct site_sample *const *)a, *y = *(const struct site_sample *const *)b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x > y) - (x < y);
}

static bool is_same_block(const struct site_sample *sample, const struct site_names *names)
{
	uint64_t granule = names->granule_bytes;

	return granule > 0 && names->block_bytes(names->ctx, sample->address) ==
				      (sample->size_bytes + granule - 1) / granule * granule;
}

/* A table that grows is moved, and its samples with it, each for what was added then. If it shrinks meanwhile, they
 * stay: they may be more than it is. */
static bool has_moved(const struct site_sample *sample, const struct site_names *names)
{
	return names->granule_bytes > 0 && names->block_bytes(names->ctx, sample->address) == 0;
}

static void find_marked(const struct site_samples *s, enum site_alive *ret)
{
	for (size_t i = 0; i < s->n_samples; i++)
		ret[i] = s->samples[i].was_alive && !s->no_alive ? SITE_ALIVE : SITE_DEAD;
}

/* order: all samples, by address. */
static void find_in_use(const struct site_samples *s, const struct site_names *names,
			const struct site_sample *const *order, enum site_alive *ret)
{
	for (size_t i = 0; i < s->n_samples; i++) {
		const struct site_sample *sample = order[i];
		bool is_last = i + 1 == s->n_samples || order[i + 1]->address != sample->address;
		enum site_alive *alive = &ret[sample - s->samples];
		if (sample->block == SITE_FOLLOWED && !s->has_gaps)
			*alive = has_moved(sample, names) ? SITE_ALIVE_MOVED : SITE_ALIVE;
		else if (sample->block == SITE_FOLLOWED && names->granule_bytes == 0) /* there is no heap to look at */
			*alive = SITE_ALIVE_GUESSED;
		else if (sample->block != SITE_FREED && is_last && is_same_block(sample, names))
			*alive = SITE_ALIVE_GUESSED;
	}
}

/* What became of the blocks of a line that were followed. */
struct fate {
	uint64_t n_kept, n_freed;
};

/* A block of that size may be there again: of another line, or of this one, which is not sampled. */
static void doubt_guesses(const struct site_samples *s, const uint32_t *lines, struct fate *fates, enum site_alive *ret)
{
	for (size_t i = 0; i < s->n_samples; i++) {
		if (lines[i] == SITES_NONE)
			continue;
		fates[lines[i]].n_kept += s->samples[i].block == SITE_FOLLOWED;
		fates[lines[i]].n_freed += s->samples[i].block == SITE_FREED;
	}
	for (size_t i = 0; i < s->n_samples; i++) {
		const struct fate *fate = lines[i] == SITES_NONE ? NULL : &fates[lines[i]];
		if (ret[i] == SITE_ALIVE_GUESSED && fate && fate->n_kept == 0 && fate->n_freed >= ENOUGH_FREED)
			ret[i] = SITE_ALIVE_IN_DOUBT;
	}
}

static uint32_t line_of(const struct site_samples *s, const struct site_sample *sample, const struct site_names *names)
{
	return sample->n_frames ? names->frame(names->ctx, &s->frames[sample->i_frame]) : SITES_NONE;
}

enum site_alive *site_samples_alive(const struct site_samples *s, const struct site_names *names,
				    const struct sites *profile)
{
	enum site_alive *ret = calloc(s->n_samples + 1, sizeof(*ret));
	const struct site_sample **order = malloc((s->n_samples + 1) * sizeof(*order));
	uint32_t *lines = malloc((s->n_samples + 1) * sizeof(*lines));
	struct fate *fates = NULL;

	for (size_t i = 0; order && lines && i < s->n_samples; i++) {
		order[i] = &s->samples[i];
		lines[i] = line_of(s, order[i], names);
	}
	if (ret && order && lines)
		fates = calloc(profile->n_frames + 1, sizeof(*fates));
	if (!fates) {
		free(ret);
		ret = NULL;
	} else if (s->no_alive || s->mark) {
		find_marked(s, ret);
	} else if (s->n_samples) {
		qsort(order, s->n_samples, sizeof(*order), by_address);
		find_in_use(s, names, order, ret);
		if (!s->has_gaps)
			doubt_guesses(s, lines, fates, ret);
	}
	free(fates);
	free(lines);
	free(order);
	return ret;
}
