/* Which entries of a budget fit a name. */
#include <errno.h>
#include <string.h>

#include "budget/filter.h"
#include "memprof/base/glob.h"
#include "memprof/image/demangle.h"

struct glob {
	struct image_slice text;
	const char *tail;
	size_t n_head_bytes, n_tail_bytes; /* literal bytes at both ends: most names differ there */
};

struct pattern {
	const char *exact; /* what a name is compared with that is no glob: of a frozen module its C identifier */
	bool is_glob;
	bool by_part;         /* without a slash it also fits the last part of a path */
	struct glob globs[2]; /* as written; and for names that are C identifiers */
};

struct match_entry {
	struct pattern pattern, *except;
	size_t n_except;
	size_t next; /* another entry with the same name; NONE */
};
#define NONE SIZE_MAX

size_t match_last_part(struct image_slice path)
{
	size_t at = path.n_bytes;

	if (at > 0 && path.text[at - 1] == ')')
		while (at > 0 && path.text[at - 1] != '(')
			at--;
	while (at > 0 && path.text[at - 1] != '/' && path.text[at - 1] != '\\')
		at--;
	return at;
}

/* ---- patterns ---- */

static bool has_paths(const struct matcher *m)
{
	const unsigned subjects = SUBJECT_BIT(SUBJECT_OBJECT) | SUBJECT_BIT(SUBJECT_ARCHIVE) |
				  SUBJECT_BIT(SUBJECT_TEST) | SUBJECTS_OF_SOURCES;

	return subjects >> m->subject & 1;
}

/* A pattern for C identifiers, as mpy-tool makes them of a module's name; what is special in a glob stays. */
static const char *c_pattern(struct arena *arena, const char *pattern)
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

/* What stands before and after all that is special; after a backslash, or a '[' without its end, nothing does. */
static struct glob make_glob(const char *text)
{
	const char *end = text + strlen(text), *tail = end;

	while (tail > text && !strchr("*?[]\\", tail[-1]))
		tail--;
	return (struct glob){ slice_of(text), tail, strcspn(text, "*?[\\"), (size_t)(end - tail) };
}

/* Symbols have the names that people write; who wrote the linker's means the same. */
static const char *symbol_pattern(struct arena *arena, const char *pattern)
{
	struct strbuf name CLEANUP(strbuf_deinit) = STRBUF_INIT;

	if (!demangle(slice_of(pattern), &name))
		return pattern;
	return strbuf_error(&name) ? NULL : arena_text(arena, name.text, name.n_bytes);
}

static int make_pattern(struct matcher *m, const char *text, struct pattern *ret)
{
	if (m->subject == SUBJECT_SYMBOL)
		text = symbol_pattern(&m->arena, text);
	if (!text)
		return -ENOMEM;
	const char *c_text = m->subject == SUBJECT_FROZEN ? c_pattern(&m->arena, text) : text;

	if (!c_text)
		return -ENOMEM;
	*ret = (struct pattern){ .exact = c_text,
				 .is_glob = check_is_glob(text),
				 .by_part = has_paths(m) && !strchr(text, '/'),
				 .globs = { make_glob(text), make_glob(c_text) } };
	return 0;
}

/* ---- entries ---- */

void matcher_init(struct matcher *m, enum figure_subject subject)
{
	*m = (struct matcher){ .subject = subject };
	m->exact.arena = &m->arena;
}

void matcher_deinit(struct matcher *m)
{
	vec_deinit(m, entries);
	vec_deinit(m, hits);
	vec_deinit(m, globs);
	vec_deinit(m, first);
	names_deinit(&m->exact);
	strbuf_deinit(&m->text);
	arena_deinit(&m->arena);
}

static uint8_t shape_of(struct image_slice name)
{
	const unsigned char *bytes = (const unsigned char *)name.text;

	return name.n_bytes ? (uint8_t)(bytes[0] * 31u + bytes[name.n_bytes - 1] * 7u + name.n_bytes) : 0;
}

static int add_exact(struct matcher *m, struct match_entry *entry)
{
	struct image_slice name = slice_of(entry->pattern.exact);
	uint32_t number = names_add(&m->exact, name.text, name.n_bytes);
	size_t *first = number == m->n_first ? vec_add(m, first) : NULL;

	if (number == NAMES_NONE || number >= m->n_first)
		return -ENOMEM;
	entry->next = first ? NONE : m->first[number];
	m->first[number] = m->n_entries - 1;
	m->may_be_exact[shape_of(name)] = true;
	return 0;
}

int matcher_add(struct matcher *m, const struct budget_entry *from)
{
	struct match_entry *entry = vec_add(m, entries);
	int r = entry && vec_add(m, hits) ? make_pattern(m, from->pattern, &entry->pattern) : -ENOMEM;

	if (r < 0)
		return r;
	entry->n_except = from->n_except;
	entry->except = arena_zeroed(&m->arena, from->n_except + 1, sizeof(*entry->except));
	for (size_t i = 0; i < from->n_except && r == 0; i++)
		r = entry->except ? make_pattern(m, from->except[i], &entry->except[i]) : -ENOMEM;
	if (r < 0 || !entry->pattern.is_glob)
		return r < 0 ? r : add_exact(m, entry);
	size_t *glob = vec_add(m, globs);
	if (!glob)
		return -ENOMEM;
	*glob = m->n_entries - 1;
	return 0;
}

/* ---- a name ---- */

struct candidate {
	struct image_slice name, part, exact;
	bool is_c_name;
	const char *text; /* of name, with a NUL; NULL until a glob needs it */
};

static const char *text_of(struct matcher *m, struct candidate *name)
{
	if (!name->text) {
		strbuf_reset(&m->text);
		strbuf_add(&m->text, name->name.text, name->name.n_bytes);
		name->text = strbuf_text(&m->text);
	}
	return name->text;
}

static bool may_fit(const struct glob *glob, struct image_slice name)
{
	size_t n_head = glob->n_head_bytes, n_tail = glob->n_tail_bytes;
	const char *end = name.text + name.n_bytes - n_tail;

	if (name.n_bytes < MAX(n_head, n_tail))
		return false;
	if (n_head && (name.text[0] != glob->text.text[0] || memcmp(name.text, glob->text.text, n_head) != 0))
		return false;
	return !n_tail || (end[n_tail - 1] == glob->tail[n_tail - 1] && memcmp(end, glob->tail, n_tail) == 0);
}

/* A glob also fits what is spelled like it: a path of Windows has backslashes. */
static bool is_spelled(const struct glob *glob, struct image_slice name)
{
	return name.n_bytes == glob->text.n_bytes && memcmp(name.text, glob->text.text, name.n_bytes) == 0;
}

static bool fits_glob(struct matcher *m, const struct pattern *pattern, struct candidate *name)
{
	const struct glob *glob = &pattern->globs[name->is_c_name];
	size_t at = name->name.n_bytes - name->part.n_bytes;

	if (is_spelled(glob, name->name) ||
	    (may_fit(glob, name->name) && glob_match(glob->text.text, text_of(m, name))))
		return true;
	return at > 0 && pattern->by_part &&
	       (is_spelled(glob, name->part) ||
		(may_fit(glob, name->part) && glob_match(glob->text.text, text_of(m, name) + at)));
}

static bool fits(struct matcher *m, const struct pattern *pattern, struct candidate *name)
{
	if (pattern->is_glob)
		return fits_glob(m, pattern, name);
	return slice_is(name->exact, pattern->exact) || (pattern->by_part && slice_is(name->part, pattern->exact));
}

static bool is_left_out(struct matcher *m, const struct match_entry *entry, struct candidate *name)
{
	for (size_t i = 0; i < entry->n_except; i++)
		if (fits(m, &entry->except[i], name))
			return true;
	return false;
}

static size_t find_exact(struct matcher *m, struct image_slice name, size_t n)
{
	uint32_t number = m->may_be_exact[shape_of(name)] ? names_find(&m->exact, name.text, name.n_bytes) : NAMES_NONE;
	size_t i = number == NAMES_NONE ? NONE : m->first[number];

	for (; i != NONE; i = m->entries[i].next)
		m->hits[n++].i_entry = i;
	return n;
}

size_t matcher_find(struct matcher *m, struct image_slice name, bool is_c_name, const char *group)
{
	char c_name[1024];
	struct candidate candidate = { .name = name, .part = name, .exact = name, .is_c_name = is_c_name };
	size_t n = 0;

	if (m->subject == SUBJECT_FROZEN) {
		uint32_t n_bytes = MIN(name.n_bytes, (uint32_t)sizeof(c_name));
		candidate.exact.text = c_name;
		candidate.exact.n_bytes = (uint32_t)image_frozen_mangle(c_name, name.text, n_bytes);
	}
	n = find_exact(m, candidate.exact, n);
	if (has_paths(m)) {
		size_t at = match_last_part(name);
		candidate.part = (struct image_slice){ name.text + at, name.n_bytes - (uint32_t)at };
		if (at > 0 && !memchr(candidate.part.text, '/', candidate.part.n_bytes))
			n = find_exact(m, candidate.part, n);
	}
	if (group)
		n = find_exact(m, slice_of(group), n);
	for (size_t i = 0; i < m->n_globs; i++)
		if (fits_glob(m, &m->entries[m->globs[i]].pattern, &candidate))
			m->hits[n++].i_entry = m->globs[i];
	for (size_t i = 0; i < n; i++)
		m->hits[i].left_out = is_left_out(m, &m->entries[m->hits[i].i_entry], &candidate);
	return n;
}
