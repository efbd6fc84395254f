/* One entry: its keys, and whether they go together. What is wrong with it stays its own matter. */
#include <stdarg.h>
#include <string.h>

#include "budget/check_private.h"
#include "budget/private.h"
#include "memprof/base/edit_distance.h"

enum {
	ALL = (1u << N_SUBJECTS) - 1,
	HEAPS = SUBJECT_BIT(SUBJECT_HEAP),
	GROUPS = SUBJECT_BIT(SUBJECT_SECTION) | SUBJECT_BIT(SUBJECT_COMPONENT) | SUBJECT_BIT(SUBJECT_ARCHIVE) |
		 SUBJECT_BIT(SUBJECT_OBJECT) | SUBJECT_BIT(SUBJECT_SYMBOL) | SUBJECT_BIT(SUBJECT_FROZEN) |
		 SUBJECT_BIT(SUBJECT_SOURCE),
	PLACED = (GROUPS | SUBJECT_BIT(SUBJECT_FOLDER)) &
		 ~SUBJECT_BIT(SUBJECT_FROZEN), /* nothing tells where a frozen module lies */
	NAMED = SUBJECT_BIT(SUBJECT_IMAGE) | SUBJECT_BIT(SUBJECT_FUNCTION), /* one thing, by its name */
	QUOTED_MAX_BYTES = 40,
	KEYS_MAX = 64,
};

/* ---- words ---- */

bool budget_fault_at(struct budget_reader *r, struct place at, const char *format, ...)
{
	va_list ap;

	if (r->entry->fault)
		return false;
	va_start(ap, format);
	r->entry->fault = arena_vprintf(r->arena, format, ap);
	va_end(ap);
	r->entry->fault_at = at;
	return false;
}

/* Of a long text its beginning, with no character cut. */
static const char *quoted(struct budget_reader *r, const char *text, size_t n_bytes)
{
	size_t n = n_bytes;

	if (n > QUOTED_MAX_BYTES)
		for (n = QUOTED_MAX_BYTES; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			;
	return arena_printf(r->arena, "'%.*s%s'", (int)n, text, n < n_bytes ? "…" : "");
}

const char *budget_found(struct budget_reader *r, const struct json_value *value)
{
	enum json_kind kind = json_value_kind(value);
	const char *text;
	size_t from, to;

	if (json_value_text(value, &text, NULL) == 0)
		return quoted(r, text, strlen(text));
	if (kind != JSON_NUMBER && kind != JSON_BOOL)
		return json_kind_says(kind);
	json_value_bytes(value, &from, &to);
	return quoted(r, r->text + from, to - from);
}

/* "an archive" */
static const char *with_article(struct budget_reader *r, enum figure_subject subject)
{
	const char *noun = figure_subject_noun(subject);

	return arena_printf(r->arena, "%s %s", strchr("aeiou", *noun) ? "an" : "a", noun);
}

/* "region, section, …" of words up to NULL. */
static const char *list_of(struct budget_reader *r, const char *const words[])
{
	struct strbuf list CLEANUP(strbuf_deinit) = STRBUF_INIT;

	for (size_t i = 0; words[i]; i++)
		strbuf_printf(&list, "%s%s", i ? ", " : "", words[i]);
	return arena_text(r->arena, strbuf_text(&list), list.n_bytes);
}

/* ---- keys ---- */

/* How far what was written is from what may have been meant; what is a part of it is near. */
static size_t distance(const char *word, const char *known)
{
	size_t n = edit_distance(word, known);

	return n > 2 && strlen(word) >= 3 && strstr(known, word) ? 2 : n;
}

bool budget_unknown_key(struct budget_reader *r, const struct json_value *member, const char *const known[])
{
	const char *key = json_value_name(member), *found = quoted(r, key, strlen(key)), *best = NULL;
	struct place at = json_value_name_place(member);
	size_t n_best = MIN(strlen(key) / 2 + 1, (size_t)3); /* half of a short word is another word */

	for (size_t i = 0; known[i]; i++) {
		size_t n = distance(key, known[i]);
		if (n < n_best) {
			n_best = n;
			best = known[i];
		}
	}
	if (best)
		return budget_fault_at(r, at, "no key %s is known here; did you mean '%s'?", found, best);
	return budget_fault_at(r, at, "no key %s is known here; expected any of: %s", found, list_of(r, known));
}

static bool read_text(struct budget_reader *r, const struct json_value *member, const char *what, const char **ret)
{
	const char *text;

	if (json_value_text(member, &text, NULL) < 0)
		return budget_fault(r, member, "%s takes %s; found %s", json_value_name(member), what,
				    budget_found(r, member));
	if (!*text)
		return budget_fault(r, member, "%s is empty; it takes %s", json_value_name(member), what);
	*ret = text;
	return true;
}

static const char *except_text(struct budget_reader *r, const struct json_value *value)
{
	static const char what[] = "except takes a name, a pattern as \"dma_*\", or an array of these; found %s";
	const char *text = NULL;

	if (json_value_text(value, &text, NULL) < 0)
		budget_fault(r, value, what, budget_found(r, value));
	else if (!*text)
		budget_fault(r, value, what, "an empty text");
	return r->entry->fault ? NULL : text;
}

static bool read_except(struct budget_reader *r, const struct json_value *member)
{
	bool is_list = json_value_kind(member) == JSON_ARRAY;
	const struct json_value *v = is_list ? json_value_first(member) : member;
	size_t n = is_list ? json_value_count(member) : 1;

	if (n == 0 || n > BUDGET_EXCEPT_MAX)
		return budget_fault(r, member, "except takes from 1 to %d names; found %zu", BUDGET_EXCEPT_MAX, n);
	const char **texts = arena_zeroed(r->arena, n, sizeof(*texts));
	for (size_t i = 0; i < n && texts; i++, v = json_value_next(v)) {
		texts[i] = except_text(r, v);
		if (!texts[i])
			return false;
	}
	r->entry->except = texts;
	r->entry->n_except = texts ? n : 0; /* no memory: budget_read says that */
	return true;
}

/* Blanks around it are of whoever writes "mark: after boot"; a mark has none. False: there is nothing else. */
static bool read_label(struct budget_reader *r, const char *text)
{
	static const char blanks[] = " \t\r\n";
	size_t n;

	text += strspn(text, blanks);
	for (n = strlen(text); n > 0 && strchr(blanks, text[n - 1]); n--)
		;
	r->entry->label = arena_text(r->arena, text, n);
	return n > 0;
}

static bool read_at(struct budget_reader *r, const struct json_value *member)
{
	static const char what[] = "\"last\", \"any\", \"every\", \"min\", \"max\" or \"mark:\" and a label";
	static const char mark[] = "mark:";
	const char *text;

	if (!read_text(r, member, what, &text))
		return false;
	for (enum budget_when when = WHEN_LAST; when < WHEN_MARK; when++) {
		if (strcmp(text, budget_when_name(when)) == 0) {
			r->entry->when = when;
			return true;
		}
	}
	if (strncmp(text, mark, strlen(mark)) == 0 && read_label(r, text + strlen(mark))) {
		r->entry->when = WHEN_MARK;
		return true;
	}
	return budget_fault(r, member, "at takes %s; found %s", what, budget_found(r, member));
}

/* When all limits are known. */
static bool read_later(struct budget_reader *r, const struct json_value *member)
{
	(void)r;
	(void)member;
	return true;
}

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static bool read_kind(struct budget_reader *r, const struct json_value *member)
{
	const char *text;

	if (json_value_text(member, &text, NULL) < 0 || !is_letter(text[0]) || text[1])
		return budget_fault(r, member,
				    "kind takes one letter of a heap's table, as \"T\" for tuples;"
				    " found %s",
				    budget_found(r, member));
	r->entry->kind = text[0];
	return true;
}

/* Keys that are neither a subject nor a limit. */
static const struct extra {
	const char *key;
	unsigned subjects;
	const char *takes;                                                      /* of a text; NULL: true or false */
	size_t at;                                                              /* of what it sets in the entry … */
	bool (*read)(struct budget_reader *r, const struct json_value *member); /* … or what does that */
} extras[] = {
	{ "name", ALL, "what this entry is to be called", offsetof(struct budget_entry, name), NULL },
	{ "at", HEAPS, NULL, 0, read_at },
	{ "kind", HEAPS, NULL, 0, read_kind },
	{ "each", GROUPS, NULL, offsetof(struct budget_entry, each), NULL },
	{ "in", PLACED, "a region, or a pattern as \"*RAM\"", offsetof(struct budget_entry, in), NULL },
	{ "except", ALL & ~NAMED, NULL, 0, read_except },
	{ "warn_at", ALL, NULL, 0, read_later },
	{ "fixed", ALL, NULL, offsetof(struct budget_entry, fixed), NULL },
};

static bool read_extra(struct budget_reader *r, const struct json_value *member, const struct extra *extra)
{
	void *to = (char *)r->entry + extra->at;

	if (extra->read)
		return extra->read(r, member);
	if (extra->takes)
		return read_text(r, member, extra->takes, to);
	if (json_value_bool(member, to, NULL) == 0)
		return true;
	return budget_fault(r, member, "%s takes true or false; found %s", extra->key, budget_found(r, member));
}

static const struct extra *extra_find(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(extras); i++)
		if (strcmp(extras[i].key, key) == 0)
			return &extras[i];
	return NULL;
}

/* N_SUBJECTS: it is none. */
static enum figure_subject subject_find(const char *key)
{
	unsigned i = 0;

	while (i < N_SUBJECTS && strcmp(figure_subject_name(i), key) != 0)
		i++;
	return i;
}

enum { OF_SUBJECTS = 1, OF_EXTRAS = 2, OF_LIMITS = 4 };

/* Keys of these kinds, that go with these subjects; ended by NULL. */
static void list_keys(unsigned kinds, unsigned subjects, const char *ret[KEYS_MAX])
{
	size_t n = 0;

	for (unsigned i = 0; i < N_SUBJECTS && kinds & OF_SUBJECTS; i++)
		ret[n++] = figure_subject_name(i);
	for (size_t i = 0; i < ARRAY_SIZE(extras) && kinds & OF_EXTRAS; i++)
		if (extras[i].subjects & subjects)
			ret[n++] = extras[i].key;
	for (const struct limit_spec *spec = limit_specs; spec->key && kinds & OF_LIMITS; spec++)
		if ((spec->subjects & subjects) && (n == 0 || strcmp(ret[n - 1], spec->key) != 0))
			ret[n++] = spec->key;
	ret[n] = NULL;
}

/* "region, section, …" */
static const char *key_list(struct budget_reader *r, unsigned kinds, unsigned subjects)
{
	const char *keys[KEYS_MAX];

	list_keys(kinds, subjects, keys);
	return list_of(r, keys);
}

static bool is_known(const char *key)
{
	const char *known[KEYS_MAX];

	list_keys(OF_SUBJECTS | OF_EXTRAS | OF_LIMITS, ALL, known);
	for (size_t i = 0; known[i]; i++)
		if (strcmp(known[i], key) == 0)
			return true;
	return false;
}

/* ---- the subject ---- */

/* Its member, or NULL: there is none, or more than one, of which *ret_second is the second. */
static const struct json_value *find_subject(const struct json_value *object, const struct json_value **ret_second)
{
	const struct json_value *found = NULL;

	*ret_second = NULL;
	for (const struct json_value *v = json_value_first(object); v; v = json_value_next(v)) {
		if (subject_find(json_value_name(v)) == N_SUBJECTS)
			continue;
		if (found && !*ret_second)
			*ret_second = v;
		if (!found)
			found = v;
	}
	return *ret_second ? NULL : found;
}

static bool check_keys(struct budget_reader *r, const struct json_value *object, const struct json_value *subject)
{
	const char *known[KEYS_MAX];

	list_keys(OF_EXTRAS | OF_LIMITS | (subject ? 0 : OF_SUBJECTS), subject ? SUBJECT_BIT(r->entry->subject) : ALL,
		  known);
	for (const struct json_value *v = json_value_first(object); v; v = json_value_next(v))
		if (!is_known(json_value_name(v)))
			return budget_unknown_key(r, v, known);
	return true;
}

static bool read_subject(struct budget_reader *r, const struct json_value *object)
{
	const struct json_value *second, *subject = find_subject(object, &second);
	const char *pattern;

	if (subject) { /* known also if something else is wrong */
		r->entry->subject = subject_find(json_value_name(subject));
		r->entry->each = !(SUBJECT_BIT(r->entry->subject) & (GROUPS | SUBJECT_BIT(SUBJECT_IMAGE)));
		if (json_value_text(subject, &pattern, NULL) == 0 && *pattern)
			r->entry->pattern = pattern;
	}
	if (!check_keys(r, object, subject))
		return false;
	if (second)
		return budget_fault_at(r, json_value_name_place(second),
				       "'%s' is a second subject; make another entry"
				       " of it",
				       json_value_name(second));
	if (!subject)
		return budget_fault_at(r, r->entry->at, "no subject; add one of %s", key_list(r, OF_SUBJECTS, ALL));
	if (!read_text(r, subject, "a name, or a pattern as \"*\"", &pattern))
		return false;
	if (r->entry->subject == SUBJECT_FUNCTION && check_is_glob(pattern))
		return budget_fault(r, subject, "function takes a name, as the program runs once for each; found %s",
				    budget_found(r, subject));
	return true;
}

/* ---- what goes together ---- */

static bool read_member(struct budget_reader *r, const struct json_value *member)
{
	const char *key = json_value_name(member);
	enum figure_subject subject = r->entry->subject;
	const struct extra *extra = extra_find(key);
	const struct limit_spec *spec = limit_spec_find(key, subject);
	struct place at = json_value_name_place(member);

	if (extra && !(extra->subjects & SUBJECT_BIT(subject)))
		return budget_fault_at(r, at, "%s does not go with %s; remove it", key, with_article(r, subject));
	if (extra)
		return read_extra(r, member, extra);
	if (spec)
		return budget_read_limit(r, member, spec);
	if (subject_find(key) != N_SUBJECTS)
		return true;
	return budget_fault_at(r, at, "%s does not go with %s, which takes: %s", key, with_article(r, subject),
			       key_list(r, OF_LIMITS, SUBJECT_BIT(subject)));
}

static bool check_kind(struct budget_reader *r, const struct json_value *member)
{
	for (size_t i = 0; i < r->entry->n_limits; i++) {
		const struct budget_limit *limit = &r->entry->limits[i];
		if (limit->spec->figure != FIGURE_OBJECTS)
			return budget_fault_at(r, limit->at,
					       "%s is of the whole heap, and kind of objects; put it into"
					       " an entry without kind",
					       limit->spec->key);
	}
	return r->entry->n_limits > 0 ||
	       budget_fault_at(r, json_value_name_place(member), "kind limits nothing by itself; add max_objects");
}

/* A loss is of what the limit beside it names. */
static bool share_fits(struct budget_reader *r)
{
	struct budget_limit *fits = NULL, *loss = NULL;

	for (size_t i = 0; i < r->entry->n_limits; i++) {
		struct budget_limit *limit = &r->entry->limits[i];
		if (limit->spec->figure == FIGURE_FITS)
			*(limit->spec->loss ? &loss : &fits) = limit;
	}
	if (loss && !fits)
		return budget_fault_at(r, loss->at,
				       "max_fits_loss does not say of how many bytes; add"
				       " \"fits\": { \"bytes\": \"16K\" }");
	if (loss)
		loss->fits_bytes = fits->fits_bytes;
	return true;
}

static bool read_members(struct budget_reader *r, const struct json_value *object)
{
	const struct json_value *kind = json_value_member(object, "kind");
	const struct json_value *warning = json_value_member(object, "warn_at");

	if (json_value_kind(object) != JSON_OBJECT)
		return budget_fault(r, object,
				    "an entry is an object, as { \"heap\": \"gc\", \"max_used\": \"90%%\" };"
				    " found %s",
				    budget_found(r, object));
	if (!read_subject(r, object))
		return false;
	for (const struct json_value *v = json_value_first(object); v; v = json_value_next(v))
		if (!read_member(r, v))
			return false;
	if (kind && !check_kind(r, kind))
		return false;
	if (r->entry->n_limits == 0)
		return budget_fault_at(r, r->entry->at, "no limit; %s takes: %s", with_article(r, r->entry->subject),
				       key_list(r, OF_LIMITS, SUBJECT_BIT(r->entry->subject)));
	return share_fits(r) && (!warning || budget_read_warning(r, warning));
}

void budget_read_entry(struct budget_reader *r, const struct json_value *value)
{
	if (!read_members(r, value))
		r->entry->n_limits = 0;
}
