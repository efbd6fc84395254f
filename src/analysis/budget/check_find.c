/* Which limits a name is for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "budget/check_image.h"
#include "memprof/base/glob.h"

/* ---- searches ---- */

/* As mpy-tool makes a name of C of a module's; what is special in a glob stays. */
static const char *mangle(struct arena *arena, const char *pattern)
{
	size_t n = strlen(pattern);
	char *ret = arena_zeroed(arena, 1, n + 1);

	if (!ret)
		return NULL;
	if (!check_is_glob(pattern)) {
		image_frozen_mangle(ret, pattern, n);
		return ret;
	}
	if (n > 3 && strcmp(pattern + n - 3, ".py") == 0)
		n -= 3;
	for (size_t i = 0; i < n; i++)
		ret[i] = pattern[i] == '/' || pattern[i] == '.' ? '_' : pattern[i];
	return ret;
}

/* Most names are told from those that are wanted by this. */
static uint8_t shape_of(const char *name, size_t n_bytes)
{
	const unsigned char *bytes = (const unsigned char *)name;

	return n_bytes ? (uint8_t)(bytes[0] * 31u + bytes[n_bytes - 1] * 7u + n_bytes) : 0;
}

static int add_exact(struct check_finder *f, uint32_t i_search)
{
	struct check_search *search = &f->searches[i_search];
	const char *name = search->mangled ? search->mangled : search->entry->pattern;
	uint32_t number = names_add(&f->exact, name, strlen(name));

	if (number == NAMES_NONE)
		return -ENOMEM;
	if (number == f->n_first) {
		uint32_t *first = vec_add(f, first);
		if (!first)
			return -ENOMEM;
		*first = CHECK_NO_SEARCH;
	}
	f->may_be[shape_of(name, strlen(name))] = true;
	search->next = f->first[number];
	f->first[number] = i_search;
	return 0;
}

/* What stands before and behind all that is special; behind a backslash, or a '[' without its end, nothing is. */
static int add_glob(struct check_finder *f, uint32_t i_search)
{
	struct check_search *search = &f->searches[i_search];
	const char *pattern = search->entry->pattern, *end = pattern + strlen(pattern);
	uint32_t *glob = vec_add(f, globs);

	if (!glob)
		return -ENOMEM;
	*glob = i_search;
	search->by_part = check_fits_last_part(f->subject, pattern);
	search->n_head_bytes = strcspn(pattern, "*?[\\");
	search->tail = end;
	while (search->tail > pattern && !strchr("*?[]\\", search->tail[-1]))
		search->tail--;
	search->n_tail_bytes = (size_t)(end - search->tail);
	return 0;
}

static int mangle_except(struct check_finder *f, struct check_search *search)
{
	const struct budget_entry *entry = search->entry;

	search->mangled_except = arena_zeroed(&f->arena, entry->n_except + 1, sizeof(*search->mangled_except));
	for (size_t i = 0; search->mangled_except && i < entry->n_except; i++) {
		search->mangled_except[i] = mangle(&f->arena, entry->except[i]);
		if (!search->mangled_except[i])
			return -ENOMEM;
	}
	return search->mangled_except ? 0 : -ENOMEM;
}

static struct check_search *add_search(struct check_finder *f, struct check_row *row)
{
	struct check_search *search = vec_add(f, searches);

	if (!search)
		return NULL;
	*search = (struct check_search){ .entry = row->entry,
					 .rows = row,
					 .glob = check_is_glob(row->entry->pattern),
					 .next = CHECK_NO_SEARCH,
					 .names.arena = &f->arena };
	if (f->subject == SUBJECT_FROZEN) {
		search->mangled = mangle(&f->arena, row->entry->pattern);
		if (!search->mangled || mangle_except(f, search) < 0)
			return NULL;
	}
	uint32_t i_search = (uint32_t)(f->n_searches - 1);
	int r = search->glob ? add_glob(f, i_search) : add_exact(f, i_search);
	return r < 0 ? NULL : search;
}

int check_finder_init(struct check_finder *f, struct check *c, enum figure_subject subject, const char *in,
		      bool (*wanted)(const struct check_row *row))
{
	struct check_search *search = NULL;

	*f = (struct check_finder){ .subject = subject };
	f->exact.arena = &f->arena;
	for (size_t i = 0; i < c->n_rows; i++) {
		struct check_row *row = &c->rows[i];
		if (!row->limit || row->entry->subject != subject || !check_is_in(row->entry, in) || !wanted(row))
			continue;
		if (!search || search->entry != row->entry || search->rows + search->n_rows != row)
			search = add_search(f, row);
		if (!search)
			return -ENOMEM;
		search->n_rows++;
	}
	f->hits = arena_zeroed(&f->arena, f->n_searches + 1, sizeof(*f->hits));
	return f->hits ? 0 : -ENOMEM;
}

void check_forget(struct check_finder *f)
{
	for (size_t i = 0; i < f->n_searches; i++) {
		vec_deinit(&f->searches[i], found);
		names_deinit(&f->searches[i].names);
	}
}

void check_finder_deinit(struct check_finder *f)
{
	check_forget(f);
	vec_deinit(f, searches);
	vec_deinit(f, first);
	vec_deinit(f, globs);
	names_deinit(&f->exact);
	strbuf_deinit(&f->text);
	arena_deinit(&f->arena);
}

/* ---- finding ---- */

static size_t find_exact(struct check_finder *f, const char *name, size_t n_bytes, size_t n)
{
	uint32_t number = f->may_be[shape_of(name, n_bytes)] ? names_find(&f->exact, name, n_bytes) : NAMES_NONE;
	uint32_t i = number == NAMES_NONE ? CHECK_NO_SEARCH : f->first[number];

	for (; i != CHECK_NO_SEARCH; i = f->searches[i].next)
		f->hits[n++] = i;
	return n;
}

static const char *text_of(struct check_finder *f, struct image_slice name)
{
	strbuf_reset(&f->text);
	strbuf_add(&f->text, name.text, name.n_bytes);
	return strbuf_text(&f->text);
}

static size_t find_frozen(struct check_finder *f, struct image_slice name, bool mangled)
{
	char of_c[1024];
	size_t n_of_c = image_frozen_mangle(of_c, name.text, MIN(name.n_bytes, sizeof(of_c))), n = 0;
	const char *text = text_of(f, name);

	n = find_exact(f, of_c, n_of_c, n);
	for (size_t i = 0; i < f->n_globs; i++) {
		const struct check_search *search = &f->searches[f->globs[i]];
		if (glob_match(mangled ? search->mangled : search->entry->pattern, text))
			f->hits[n++] = f->globs[i];
	}
	return n;
}

/* Most differ in the first or the last byte already. */
static bool may_fit(const struct check_search *search, struct image_slice name)
{
	size_t n_head = search->n_head_bytes, n_tail = search->n_tail_bytes;
	const char *head = search->entry->pattern, *end = name.text + name.n_bytes - n_tail;

	if (name.n_bytes < MAX(n_head, n_tail))
		return false;
	if (n_head && (name.text[0] != head[0] || memcmp(name.text, head, n_head) != 0))
		return false;
	return !n_tail || (end[n_tail - 1] == search->tail[n_tail - 1] && memcmp(end, search->tail, n_tail) == 0);
}

static struct image_slice last_part(const struct check_finder *f, struct image_slice name)
{
	size_t at = f->subject == SUBJECT_OBJECT || f->subject == SUBJECT_ARCHIVE ?
			    check_last_part(name.text, name.n_bytes) :
			    0;

	return (struct image_slice){ name.text + at, name.n_bytes - (uint32_t)at };
}

static size_t find_named(struct check_finder *f, struct image_slice name)
{
	struct image_slice part = last_part(f, name);
	size_t n = find_exact(f, name.text, name.n_bytes, 0), at = name.n_bytes - part.n_bytes;
	const char *text = NULL;

	if (at > 0 && !memchr(part.text, '/', part.n_bytes)) /* a pattern with one fits the whole alone */
		n = find_exact(f, part.text, part.n_bytes, n);
	for (size_t i = 0; i < f->n_globs; i++) {
		const struct check_search *search = &f->searches[f->globs[i]];
		bool whole = may_fit(search, name), in_part = at > 0 && search->by_part && may_fit(search, part);
		if (!whole && !in_part)
			continue;
		text = text ? text : text_of(f, name);
		if ((whole && glob_match(search->entry->pattern, text)) ||
		    (in_part && glob_match(search->entry->pattern, text + at)))
			f->hits[n++] = f->globs[i];
	}
	return n;
}

static bool is_called_in_c(const char *mangled, const char *name)
{
	char of_c[1024];
	size_t n = image_frozen_mangle(of_c, name, MIN(strlen(name), sizeof(of_c)));

	return strlen(mangled) == n && memcmp(mangled, of_c, n) == 0;
}

static bool leaves_out(const struct check_search *search, const char *name, bool mangled)
{
	const struct budget_entry *entry = search->entry;

	if (!search->mangled)
		return check_leaves_out(entry, name);
	for (size_t i = 0; i < entry->n_except; i++) {
		const char *except = entry->except[i], *of_c = search->mangled_except[i];
		if (check_is_glob(except) ? glob_match(mangled ? of_c : except, name) : is_called_in_c(of_c, name))
			return true;
	}
	return false;
}

size_t check_find(struct check_finder *f, struct image_slice name, bool mangled)
{
	size_t n = f->subject == SUBJECT_FROZEN ? find_frozen(f, name, mangled) : find_named(f, name), n_kept = 0;

	for (size_t i = 0; i < n; i++) {
		const struct check_search *search = &f->searches[f->hits[i]];
		bool may_not_fit = search->entry->n_except && !f->all;
		if (!may_not_fit || !leaves_out(search, text_of(f, name), mangled))
			f->hits[n_kept++] = f->hits[i];
	}
	return n_kept;
}

/* ---- counting ---- */

static bool is_called(const char *text, struct image_slice name)
{
	return strlen(text) == name.n_bytes && memcmp(text, name.text, name.n_bytes) == 0;
}

static struct check_found *found_as(struct check_finder *f, struct check_search *search, struct image_slice name)
{
	size_t i = 0;

	if (search->entry->each) {
		i = names_add(&search->names, name.text, name.n_bytes);
		if (i == NAMES_NONE)
			return NULL;
	}
	if (i < search->n_found) {
		if (!is_called(search->found[i].name, name))
			search->found[i].name = search->entry->pattern;
		return &search->found[i];
	}
	struct check_found *found = vec_add(search, found);
	if (found)
		found->name = search->entry->each ? names_text(&search->names, (uint32_t)i) :
						    arena_text(&f->arena, name.text, name.n_bytes);
	return found;
}

/* Sizes of a bad input may add up to anything. */
static void add(uint64_t *sum, uint64_t n_bytes)
{
	if (__builtin_add_overflow(*sum, n_bytes, sum) || *sum > INT64_MAX)
		*sum = INT64_MAX;
}

int check_count(struct check_finder *f, struct check_search *search, struct image_slice name, enum check_count what,
		uint64_t size_bytes)
{
	struct check_found *found = found_as(f, search, name);

	if (!found)
		return -ENOMEM;
	add(what == CHECK_COUNT_NOW ? &found->now_bytes : &found->base_bytes, size_bytes);
	*(what == CHECK_COUNT_NOW ? &found->n_now : &found->n_base) += 1;
	return arena_error(&f->arena);
}
