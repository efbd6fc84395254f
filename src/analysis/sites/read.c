/* A profile out of JSON, as viewers/json/sites.c writes it (memprof.sites/1). Members that are not known are left out.
 */
#include <errno.h>
#include <string.h>

#include "memprof/analysis/sites.h"
#include "memprof/base/json_read.h"
#include "memprof/base/number.h"
#include "sites/private.h"

/* "…/1" is one schema; later ones may mean other things by the same names. */
static int check_schema(const struct json_value *root, struct diag *diag)
{
	const struct json_value *schema = json_value_member(root, "schema");
	const char *text = "";
	int r = schema ? json_value_text(schema, &text, diag) : 0;

	if (r < 0 || strcmp(text, "memprof.sites/1") == 0)
		return r;
	bool is_newer = strncmp(text, "memprof.sites/", strlen("memprof.sites/")) == 0;
	return diag_at(diag, json_value_place(schema ? schema : root), -EINVAL,
		       is_newer ? "it is of a newer memprof: this one reads memprof.sites/1" :
				  "no allocation profile: the schema of one is memprof.sites/1");
}

static int read_word(const struct json_value *root, const char *member, const char *(*name_of)(unsigned), unsigned n,
		     unsigned *ret, struct diag *diag)
{
	const struct json_value *value;
	const char *text = "";
	int r = json_value_require(root, member, &value, diag);

	if (r == 0)
		r = json_value_text(value, &text, diag);
	if (r < 0)
		return r;
	for (*ret = 0; *ret < n; ++*ret)
		if (strcmp(name_of(*ret), text) == 0)
			return 0;
	return diag_at(diag, json_value_place(value), -EINVAL, "not a value of \"%s\" that this memprof knows", member);
}

static const char *how_name(unsigned i) { return sites_how_name((enum sites_how)i); }
static const char *when_name(unsigned i) { return sites_when_name((enum sites_when)i); }
static const char *unit_name(unsigned i) { return sites_unit_name((enum sites_unit)i); }

/* null is NOT_KNOWN. */
static int read_sum(const struct json_value *object, const char *name, uint64_t *ret, struct diag *diag)
{
	int r = json_member_u64(object, name, ret, diag);

	if (r == 0 && *ret != NOT_KNOWN && *ret > SITES_SUM_MAX)
		r = diag_at(diag, json_value_place(json_value_member(object, name)), -EINVAL, "larger than 2^62");
	return r;
}

/* What may not be null. */
static int read_known(const struct json_value *object, const char *name, uint64_t *ret, struct diag *diag)
{
	int r = read_sum(object, name, ret, diag);

	if (r == 0 && *ret == NOT_KNOWN)
		r = diag_at(diag, json_value_place(json_value_member(object, name)), -EINVAL,
			    "expected a number, found null");
	return r;
}

static int read_array(const struct json_value *object, const char *name, size_t n_max, const struct json_value **ret,
		      struct diag *diag)
{
	int r = json_value_require(object, name, ret, diag);

	if (r == 0)
		r = json_value_expect(*ret, JSON_ARRAY, diag);
	if (r == 0 && json_value_count(*ret) > n_max)
		r = diag_at(diag, json_value_place(*ret), -EINVAL, "more than %zu values", n_max);
	return r;
}

static int read_name(const struct json_value *object, const char *name, const char **ret, struct diag *diag)
{
	const struct json_value *value;
	int r = json_value_require(object, name, &value, diag);

	*ret = "";
	return r < 0 || json_value_kind(value) == JSON_NULL ? r : json_value_text(value, ret, diag);
}

/* ---- the head ---- */

static int read_sizes(struct sites *s, const struct json_value *root, struct diag *diag)
{
	const struct json_value *sizes;
	int r = json_value_require(root, "sizes", &sizes, diag);

	if (r < 0 || json_value_kind(sizes) == JSON_NULL)
		return r;
	r = read_array(root, "sizes", SITES_N_SIZES, &sizes, diag);
	if (r == 0 && json_value_count(sizes) < SITES_N_SIZES)
		r = diag_at(diag, json_value_place(sizes), -EINVAL, "fewer than %d values", SITES_N_SIZES);
	const struct json_value *size = r < 0 ? NULL : json_value_first(sizes);
	for (size_t i = 0; size && r == 0; size = json_value_next(size))
		r = read_known(size, "count", &s->sizes[i++], diag);
	s->has_sizes = r == 0;
	return r;
}

/* Members that are there if what is alive is not what was at the end. */
static int read_alive(struct sites *s, const struct json_value *root, struct diag *diag)
{
	unsigned when = 0;
	const char *mark;
	int r = json_value_member(root, "alive_when") ?
			read_word(root, "alive_when", when_name, SITES_AT_HALT + 1, &when, diag) :
			0;

	if (r < 0)
		return r;
	s->alive_when = (enum sites_when)when;
	if (json_value_member(root, "alive_guessed"))
		r = read_known(root, "alive_guessed", &s->guessed_bytes, diag);
	if (r < 0)
		return r;
	if (when != SITES_AT_MARK)
		return 0;
	r = read_name(root, "alive_mark", &mark, diag);
	return r == 0 && sites_set_mark(s, mark) < 0 ? diag_set(diag, -ENOMEM, "out of memory") : r;
}

/* Members that are there if the program did not end by itself. */
static int read_ending(struct sites *s, const struct json_value *root, struct diag *diag)
{
	const char *exception = "";
	int r = json_value_member(root, "exception") ? read_name(root, "exception", &exception, diag) : 0;

	if (r == 0 && sites_set_exception(s, exception) < 0)
		r = diag_set(diag, -ENOMEM, "out of memory");
	if (r == 0 && json_value_member(root, "stopped"))
		r = json_value_bool(json_value_member(root, "stopped"), &s->was_stopped, diag);
	return r;
}

static int read_head(struct sites *s, const struct json_value *root, struct diag *diag)
{
	unsigned how = 0, unit = 0;
	int r = check_schema(root, diag);

	if (r == 0)
		r = read_word(root, "how", how_name, SITES_PROBE + 1, &how, diag);
	if (r == 0)
		r = read_word(root, "unit", unit_name, SITES_TIME + 1, &unit, diag);
	if (r < 0)
		return r;
	s->how = (enum sites_how)how;
	s->unit = (enum sites_unit)unit;
	r = read_sum(root, unit == SITES_TIME ? "step_us" : "step_bytes", &s->step_bytes, diag);
	if (s->step_bytes == NOT_KNOWN)
		s->step_bytes = 0;
	if (r == 0 && json_value_member(root, "bursts"))
		r = read_known(root, "bursts", &s->n_bursts, diag);
	if (r == 0 && json_value_member(root, "independent"))
		r = read_known(root, "independent", &s->n_independent, diag);
	if (r == 0)
		r = read_sum(root, "requested", &s->requested_bytes, diag);
	if (r == 0)
		r = read_known(root, "lost", &s->n_lost, diag);
	if (r == 0)
		r = read_sum(root, "temporary", &s->temporary_bytes, diag);
	if (r == 0 && json_value_member(root, "collections"))
		r = read_sum(root, "collections", &s->n_collections, diag);
	if (r == 0 && json_value_member(root, "joined_us"))
		r = read_sum(root, "joined_us", &s->joined_us, diag);
	if (r == 0)
		r = read_ending(s, root, diag);
	if (r == 0)
		r = read_alive(s, root, diag);
	return r < 0 ? r : read_sizes(s, root, diag);
}

/* ---- frames and sites ---- */

/* Indices of the document may be others in the profile, where a frame is there twice. */
struct frame_list {
	VEC(uint32_t, frames);
};

static int read_frame(struct sites *s, const struct json_value *row, struct frame_list *list, struct diag *diag)
{
	const char *file = "", *function = "";
	uint64_t line = 0;
	int r = read_name(row, "file", &file, diag);

	if (r == 0)
		r = read_name(row, "function", &function, diag);
	if (r == 0)
		r = json_member_u64(row, "line", &line, diag);
	if (r < 0)
		return r;
	uint32_t frame = sites_frame(s, file, function, line > UINT32_MAX ? 0 : (uint32_t)line);
	if (frame == SITES_NONE || vec_push(list, frames, frame) < 0)
		return diag_set(diag, -ENOMEM, "out of memory");
	return 0;
}

static int read_frames(struct sites *s, const struct json_value *root, struct frame_list *list, struct diag *diag)
{
	const struct json_value *rows, *row;
	int r = read_array(root, "frames", SITES_NODES_MAX, &rows, diag);

	for (row = r < 0 ? NULL : json_value_first(rows); row && r == 0; row = json_value_next(row))
		r = read_frame(s, row, list, diag);
	return r;
}

/* The document has the outermost first. */
static int read_chain(const struct json_value *row, const struct frame_list *list, struct sites_chain *ret,
		      struct diag *diag)
{
	const struct json_value *chain, *item;
	int r = read_array(row, "chain", SITES_DEPTH_MAX, &chain, diag);

	if (r < 0)
		return r;
	size_t i = ret->n_frames = json_value_count(chain);
	for (item = json_value_first(chain); item; item = json_value_next(item)) {
		uint64_t index;
		r = json_value_u64(item, &index, diag);
		if (r < 0)
			return r;
		if (index >= list->n_frames)
			return diag_at(diag, json_value_place(item), -EINVAL, "there are only %zu frames",
				       list->n_frames);
		ret->frames[--i] = list->frames[index];
	}
	return 0;
}

/* null is 0, and nothing is known then. */
static int read_optional(const struct json_value *row, const char *name, uint64_t *ret, bool *is_known,
			 struct diag *diag)
{
	int r = read_sum(row, name, ret, diag);

	if (r == 0 && *ret == NOT_KNOWN)
		*ret = 0;
	else if (r == 0)
		*is_known = true;
	return r;
}

static int read_site(struct sites *s, const struct json_value *row, const struct frame_list *list, struct diag *diag)
{
	struct sites_sum sum = { .n_samples = 0 };
	struct sites_chain chain;
	int r = read_chain(row, list, &chain, diag);

	if (r == 0)
		r = read_known(row, "samples", &sum.n_samples, diag);
	if (r == 0)
		r = read_known(row, sites_unit_name(s->unit), &sum.bytes, diag);
	if (r == 0)
		r = read_optional(row, "count", &sum.count, &s->has_counts, diag);
	if (r == 0)
		r = read_optional(row, "alive_bytes", &sum.alive_bytes, &s->has_alive, diag);
	if (r == 0)
		r = read_optional(row, "alive_count", &sum.alive_count, &s->has_alive, diag);
	if (r < 0)
		return r;
	r = sites_add(s, chain.frames, chain.n_frames, &sum);
	if (r == -E2BIG)
		return diag_at(diag, json_value_place(row), -EINVAL, "more than %d calls", SITES_NODES_MAX);
	return r < 0 ? diag_set(diag, r, "out of memory") : 0;
}

/* ---- what is left ---- */

static int read_quarters(const struct json_value *row, struct sites_kept *ret, struct diag *diag)
{
	const struct json_value *quarters, *item;
	size_t i = 0;
	int r = read_array(row, "quarters", SITES_QUARTERS, &quarters, diag);

	if (r == 0 && json_value_count(quarters) < SITES_QUARTERS)
		r = diag_at(diag, json_value_place(quarters), -EINVAL, "fewer than %d values", SITES_QUARTERS);
	for (item = r < 0 ? NULL : json_value_first(quarters); item && r == 0; item = json_value_next(item)) {
		r = json_value_u64(item, &ret->bytes[i], diag);
		if (r == 0 && ret->bytes[i++] > SITES_SUM_MAX / SITES_QUARTERS)
			r = diag_at(diag, json_value_place(item), -EINVAL, "larger than 2^60");
	}
	return r;
}

static int read_kept_row(struct sites *s, const struct json_value *row, struct diag *diag)
{
	struct sites_kept kept = { .holder = "", .frame = SITES_NONE };
	struct frame_list list = { .frames = NULL };
	int r = read_name(row, "holder", &kept.holder, diag);

	if (r == 0)
		r = read_known(row, "samples", &kept.n_samples, diag);
	if (r == 0)
		r = read_quarters(row, &kept, diag);
	if (r == 0 && json_value_member(row, "in_doubt"))
		r = json_value_bool(json_value_member(row, "in_doubt"), &kept.in_doubt, diag);
	if (r == 0)
		r = read_frame(s, row, &list, diag);
	if (r == 0) {
		kept.frame = list.frames[0];
		if (sites_keep(s, &kept) < 0)
			r = diag_set(diag, -ENOMEM, "out of memory");
	}
	vec_deinit(&list, frames);
	return r;
}

/* ---- sources ---- */

static int read_source(struct sites *s, const struct json_value *row, struct diag *diag)
{
	const char *file, *sha256;
	int r = read_name(row, "file", &file, diag);

	if (r == 0)
		r = read_name(row, "sha256", &sha256, diag);
	if (r == 0 && sites_add_hash(s, file, sha256) < 0)
		r = diag_set(diag, -ENOMEM, "out of memory");
	return r;
}

static int read_sources(struct sites *s, const struct json_value *root, struct diag *diag)
{
	const struct json_value *rows, *row;

	if (!json_value_member(root, "sources"))
		return 0;
	int r = read_array(root, "sources", SITES_HASHES_MAX, &rows, diag);
	for (row = r < 0 ? NULL : json_value_first(rows); row && r == 0; row = json_value_next(row))
		r = read_source(s, row, diag);
	return r;
}

/* Not in profiles of memprof before 0.2. */
static int read_kept(struct sites *s, const struct json_value *root, struct diag *diag)
{
	const struct json_value *rows, *row;
	const struct json_value *kept = json_value_member(root, "kept");

	if (!kept || json_value_kind(kept) == JSON_NULL)
		return 0;
	int r = read_array(root, "kept", SITES_NODES_MAX, &rows, diag);
	for (row = r < 0 ? NULL : json_value_first(rows); row && r == 0; row = json_value_next(row))
		r = read_kept_row(s, row, diag);
	s->has_kept = r == 0;
	return r;
}

static int read_all(struct sites *s, const struct json_value *root, struct diag *diag)
{
	struct frame_list list = { .frames = NULL };
	const struct json_value *rows, *row;
	int r = read_head(s, root, diag);

	if (r == 0)
		r = read_frames(s, root, &list, diag);
	if (r == 0)
		r = read_array(root, "sites", SITES_NODES_MAX, &rows, diag);
	for (row = r < 0 ? NULL : json_value_first(rows); row && r == 0; row = json_value_next(row))
		r = read_site(s, row, &list, diag);
	vec_deinit(&list, frames);
	if (r == 0)
		r = read_kept(s, root, diag);
	if (r == 0)
		r = read_sources(s, root, diag);
	if (r == 0 && sites_end(s) < 0)
		r = diag_set(diag, -ENOMEM, "out of memory");
	return r;
}

int sites_read_json(const char *text, size_t n_bytes, const char *name, struct sites *ret, struct diag *diag)
{
	struct json_document *document = NULL;
	int r = sites_init(ret, SITES_HOOK, SITES_BYTES);

	if (r < 0)
		return diag_set(diag, r, "out of memory");
	r = json_document_read_large(text, n_bytes, SITES_JSON_MAX_BYTES, name, &document, diag);
	if (r == 0)
		r = read_all(ret, json_document_root(document), diag);
	json_document_free(document);
	return r;
}
