#include "memprof/history/note.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/json.h"

static const char schema[] = "memprof.history/1";

const enum figure_subject note_subjects[] = { SUBJECT_REGION,  SUBJECT_SECTION, SUBJECT_COMPONENT,
					      SUBJECT_ARCHIVE, SUBJECT_FROZEN,  SUBJECT_FOLDER };
const size_t note_n_subjects = ARRAY_SIZE(note_subjects);

void note_deinit(struct note *note)
{
	for (size_t i = 0; i < note->n_builds; i++)
		vec_deinit(&note->builds[i], figures);
	vec_deinit(note, builds);
	arena_deinit(&note->arena);
}

const struct build_figures *note_find(const struct note *note, const char *name)
{
	for (size_t i = 0; i < note->n_builds; i++)
		if (strcmp(note->builds[i].name, name) == 0)
			return &note->builds[i];
	return NULL;
}

static bool name_fits(const char *name) { return *name && strlen(name) <= NOTE_NAME_MAX_BYTES; }

/* What a region has is its used bytes. */
static const char *size_key(enum figure_subject subject) { return subject == SUBJECT_REGION ? "used" : "bytes"; }

/* ---- read ---- */

static int read_name(struct note *note, const struct json_value *object, const char *key, const char **ret,
		     struct diag *diag)
{
	const char *text;
	int r = json_member_text(object, key, &text, diag);

	if (r < 0)
		return r;
	if (!name_fits(text))
		return diag_at(diag, json_value_place(json_value_member(object, key)), -EINVAL,
			       "'%s' takes 1 to %d bytes", key, NOTE_NAME_MAX_BYTES);
	*ret = arena_text(&note->arena, text, strlen(text));
	return arena_error(&note->arena);
}

/* NOT_KNOWN: null. */
static int read_size(const struct json_value *object, const char *key, uint64_t *ret, struct diag *diag)
{
	int r = json_member_u64(object, key, ret, diag);

	return r == 0 && *ret > NOTE_AMOUNT_MAX && *ret != NOT_KNOWN ?
		       diag_at(diag, json_value_place(json_value_member(object, key)), -EINVAL,
			       "a size is below 2^53 bytes") :
		       r;
}

/* The first item of a list; NULL: it is empty. */
static int read_list(const struct json_value *list, size_t n_max, const char *of, const struct json_value **ret,
		     struct diag *diag)
{
	int r = json_value_expect(list, JSON_ARRAY, diag);

	if (r == 0 && json_value_count(list) > n_max)
		r = diag_at(diag, json_value_place(list), -EINVAL, "there are at most %zu %s", n_max, of);
	*ret = r == 0 ? json_value_first(list) : NULL;
	return r;
}

/* False: one of a later memprof. */
static bool find_subject(const char *name, enum figure_subject *ret)
{
	for (size_t i = 0; i < note_n_subjects; i++)
		if (strcmp(figure_subject_name(note_subjects[i]), name) == 0) {
			*ret = note_subjects[i];
			return true;
		}
	return false;
}

static int read_figure(struct note *note, struct build_figures *build, const struct json_value *from, struct diag *diag)
{
	struct build_figure figure = { .free_bytes = FIGURE_NO_FREE };
	const char *subject;
	int r = json_member_text(from, "subject", &subject, diag);

	if (r < 0 || !find_subject(subject, &figure.subject))
		return r;
	r = read_name(note, from, "name", &figure.name, diag);
	if (r == 0)
		r = read_size(from, size_key(figure.subject), &figure.size_bytes, diag);
	return r < 0 || figure.size_bytes == NOT_KNOWN ? r : vec_push(build, figures, figure);
}

/* Older notes have no such list. */
static int read_subjects(const struct json_value *list, unsigned *ret, struct diag *diag)
{
	enum figure_subject subject;
	const char *text;
	const struct json_value *v = NULL;
	int r = list && json_value_kind(list) != JSON_NULL ? read_list(list, SIZE_MAX, "", &v, diag) : 0;

	for (; v && r == 0; v = json_value_next(v)) {
		r = json_value_text(v, &text, diag);
		if (r == 0 && find_subject(text, &subject))
			*ret |= SUBJECT_BIT(subject);
	}
	return r;
}

static int read_build(struct note *note, const struct json_value *from, const char *wanted, struct diag *diag)
{
	struct build_figures build = { .image_bytes = NOT_KNOWN };
	const struct json_value *figures = NULL, *v = NULL;
	int r = read_name(note, from, "name", &build.name, diag);

	if (r < 0 || (wanted && strcmp(build.name, wanted) != 0))
		return r;
	if (note_find(note, build.name))
		return diag_at(diag, json_value_place(from), -EINVAL, "two builds have one name");
	if (wanted)
		json_value_bytes(from, &note->from_byte, &note->to_byte);
	r = read_name(note, from, "format", &build.format, diag);
	if (r == 0 && json_value_member(from, "image_bytes"))
		r = read_size(from, "image_bytes", &build.image_bytes, diag);
	if (r == 0)
		r = read_subjects(json_value_member(from, "subjects"), &build.subjects, diag);
	if (r == 0)
		r = json_value_require(from, "figures", &figures, diag);
	if (r == 0)
		r = read_list(figures, NOTE_FIGURES_MAX, "figures of a build", &v, diag);
	for (; v && r == 0; v = json_value_next(v))
		r = read_figure(note, &build, v, diag);
	if (r == 0)
		r = vec_push(note, builds, build);
	if (r < 0)
		vec_deinit(&build, figures);
	return r;
}

static int read_builds(struct note *note, const struct json_value *root, const char *wanted, struct diag *diag)
{
	const struct json_value *builds = NULL, *v = NULL;
	const char *text;
	int r = json_member_text(root, "schema", &text, diag);

	if (r == 0 && strcmp(text, schema) != 0)
		r = diag_at(diag, json_value_place(json_value_member(root, "schema")), -EINVAL,
			    "this is no note of memprof: its schema is not %s", schema);
	if (r == 0)
		r = json_value_require(root, "builds", &builds, diag);
	if (r == 0)
		r = read_list(builds, NOTE_BUILDS_MAX, "builds in a note", &v, diag);
	if (r < 0)
		return r;
	json_value_bytes(builds, &note->from_byte, &note->to_byte);
	note->from_byte = --note->to_byte; /* before the bracket */
	for (; v && r == 0; v = json_value_next(v), note->n_all++)
		r = read_build(note, v, wanted, diag);
	return r;
}

int note_read(struct note *ret, const char *text, size_t n_bytes, const char *name, const char *build,
	      struct diag *diag)
{
	struct json_document *document;

	*ret = (struct note){ .n_builds = 0 };
	int r = json_document_read(text, n_bytes, name, &document, diag);
	if (r < 0)
		return r;
	r = read_builds(ret, json_document_root(document), build, diag);
	json_document_free(document);
	if (r < 0)
		note_deinit(ret);
	return r;
}

/* ---- write ---- */

static void write_build(struct json *j, const struct build_figures *build)
{
	json_object(j, NULL);
	json_text(j, "name", build->name);
	json_text(j, "format", build->format);
	json_u64(j, "image_bytes", build->image_bytes > NOTE_AMOUNT_MAX ? NOT_KNOWN : build->image_bytes);
	json_array(j, "subjects");
	for (size_t i = 0; i < note_n_subjects; i++)
		if (build->subjects & SUBJECT_BIT(note_subjects[i]))
			json_text(j, NULL, figure_subject_name(note_subjects[i]));
	json_array_end(j);
	json_array(j, "figures");
	for (size_t i = 0; i < build->n_figures; i++) {
		const struct build_figure *figure = &build->figures[i];
		json_row(j, NULL);
		json_text(j, "subject", figure_subject_name(figure->subject));
		json_text(j, "name", figure->name);
		json_u64(j, size_key(figure->subject), figure->size_bytes);
		if (figure->free_bytes != FIGURE_NO_FREE)
			json_i64(j, "free", figure->free_bytes);
		json_object_end(j);
	}
	json_array_end(j);
	json_object_end(j);
}

int note_add(const char *text, size_t n_bytes, const char *name, const struct build_figures *build, struct strbuf *out,
	     struct diag *diag)
{
	static const char empty[] = "{\"schema\": \"memprof.history/1\", \"builds\": []}";
	struct note note CLEANUP(note_deinit) = { .n_builds = 0 };
	struct json j = { .out = out };

	if (!name_fits(build->name))
		return diag_set(diag, -EINVAL, "the name of a build takes 1 to %d bytes", NOTE_NAME_MAX_BYTES);
	if (!text) {
		text = empty;
		n_bytes = strlen(empty);
	}
	int r = note_read(&note, text, n_bytes, name, build->name, diag);
	if (r < 0)
		return r;
	if (note.n_all >= NOTE_BUILDS_MAX && note.n_builds == 0)
		return diag_set(diag, -EINVAL, "there are at most %d builds in a note", NOTE_BUILDS_MAX);
	strbuf_add(out, text, note.from_byte);
	strbuf_puts(out, note.n_all && note.n_builds == 0 ? "," : "");
	write_build(&j, build);
	strbuf_add(out, text + note.to_byte, n_bytes - note.to_byte);
	return strbuf_error(out);
}
