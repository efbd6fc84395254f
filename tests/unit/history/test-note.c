#include "memprof/history/note.h"

#include "made_image.h"
#include "unit.h"

static int read_note(const char *text, struct note *ret, struct diag *diag)
{
	*diag = (struct diag){ 0 };
	return note_read(ret, text, strlen(text), "note", NULL, diag);
}

static const struct made_image made = { "app.map",
					{ { "FLASH", 0x1000, 0x1000 }, { "RAM", 0x8000, 0x100 } },
					0x1000,
					0x8000,
					{ { ".text", "build/py/gc.o", 300, "gc_alloc", 0 },
					  { ".text", "build/app/main.o", 100, "main", 0 },
					  { ".bss", "build/app/main.o", 0x140, "buffer", 0 } } };

static const struct build_figure *figure_of(const struct build_figures *build, enum figure_subject subject,
					    const char *name)
{
	for (size_t i = 0; i < build->n_figures; i++)
		if (build->figures[i].subject == subject && strcmp(build->figures[i].name, name) == 0)
			return &build->figures[i];
	return NULL;
}

/* Adds the image to the text of a note. */
static int add(struct strbuf *text, const char *name, uint64_t image_bytes)
{
	struct image image;
	struct image_lists lists = { .image = &image };
	struct build_figures build = { .name = name, .format = "gnu-ld", .image_bytes = image_bytes };
	struct arena arena = { 0 };
	struct strbuf new = STRBUF_INIT;
	struct diag diag = { 0 };

	make_image(&made, &image);
	assert_int_equal(note_figures(&build, &arena, &lists, NULL), 0);
	int r = note_add(text->n_bytes ? strbuf_text(text) : NULL, text->n_bytes, "note", &build, &new, &diag);
	if (r == 0) {
		strbuf_reset(text);
		strbuf_add(text, strbuf_text(&new), new.n_bytes);
	}
	vec_deinit(&build, figures);
	arena_deinit(&arena);
	strbuf_deinit(&new);
	image_lists_deinit(&lists);
	image_deinit(&image);
	return r;
}

UNIT_TEST(an_image_survives_the_text)
{
	struct note again;
	struct strbuf text = STRBUF_INIT;
	struct diag diag = { 0 };

	assert_int_equal(add(&text, "rp2", 400), 0);
	assert_int_equal(note_read(&again, text.text, text.n_bytes, "note", NULL, &diag), 0);
	const struct build_figures *build = note_find(&again, "rp2");
	assert_non_null(build);
	assert_null(note_find(&again, "rp"));
	assert_string_equal(build->format, "gnu-ld");
	assert_u64_equal(build->image_bytes, 400);
	assert_u64_equal(figure_of(build, SUBJECT_REGION, "FLASH")->size_bytes, 400);
	assert_non_null(strstr(text.text, "\"name\": \"FLASH\", \"used\": 400, \"free\": 3696"));
	assert_non_null(strstr(text.text, "\"name\": \"RAM\", \"used\": 320, \"free\": -64"));
	assert_u64_equal(figure_of(build, SUBJECT_SECTION, ".bss")->size_bytes, 0x140);
	assert_u64_equal(figure_of(build, SUBJECT_COMPONENT, "app")->size_bytes, 100 + 0x140);
	note_deinit(&again);
	note_deinit(&again);
	strbuf_deinit(&text);
}

UNIT_TEST(a_name_is_replaced_and_others_stay)
{
	struct strbuf text = STRBUF_INIT;
	struct note note;
	struct diag diag = { 0 };
	char name[16];

	for (unsigned i = 0; i < NOTE_BUILDS_MAX + 1; i++) {
		snprintf(name, sizeof(name), "board-%u", i);
		assert_int_equal(add(&text, name, i), i < NOTE_BUILDS_MAX ? 0 : -EINVAL);
	}
	assert_int_equal(add(&text, "board-7", NOT_KNOWN), 0);
	assert_int_equal(add(&text, "", 1), -EINVAL);
	assert_int_equal(note_read(&note, text.text, text.n_bytes, "note", NULL, &diag), 0);
	assert_int_equal(note.n_builds, NOTE_BUILDS_MAX);
	assert_u64_equal(note_find(&note, "board-7")->image_bytes, NOT_KNOWN);
	assert_u64_equal(note_find(&note, "board-8")->image_bytes, 8);
	note_deinit(&note);
	strbuf_deinit(&text);
}

/* Where it is in the text, or where it would go. */
UNIT_TEST(one_build_alone_is_read)
{
	static const char text[] =
		"{\"schema\": \"memprof.history/1\", \"builds\": ["
		"{\"name\": \"a\", \"format\": \"elf\", \"figures\": 7}, "
		"{\"name\": \"b\", \"format\": \"elf\", \"figures\": []} ]}";
	struct note note;
	struct diag diag = { 0 };

	assert_int_equal(note_read(&note, text, strlen(text), "note", "b", &diag), 0);
	assert_int_equal(note.n_builds, 1);
	assert_int_equal(note.n_all, 2);
	assert_string_equal(note.builds[0].name, "b");
	assert_memory_equal(text + note.from_byte, "{\"name\": \"b\"", 12);
	assert_string_equal(text + note.to_byte, " ]}");
	note_deinit(&note);
	assert_int_equal(note_read(&note, text, strlen(text), "note", "c", &diag), 0);
	assert_int_equal(note.n_builds, 0);
	assert_string_equal(text + note.from_byte, "]}");
	assert_int_equal(note.from_byte, note.to_byte);
	note_deinit(&note);
}

/* Of later versions, or of people. */
UNIT_TEST(unknown_members_and_subjects_are_ignored)
{
	struct note note;
	struct diag diag;

	assert_int_equal(
		read_note("{\"new\": [1], \"schema\": \"memprof.history/1\", \"builds\": [{\"name\": \"a\","
			  " \"format\": \"elf\", \"x\": {}, \"figures\": [{\"subject\": \"moon\", \"size\": 7},"
			  " {\"subject\": \"section\", \"name\": \"\\u001b[31m\", \"bytes\": 3, \"y\": 1},"
			  " {\"subject\": \"region\", \"name\": \"R\", \"used\": 3, \"free\": null}]}]}",
			  &note, &diag),
		0);
	assert_int_equal(note.builds[0].n_figures, 2);
	assert_u64_equal(note.builds[0].image_bytes, NOT_KNOWN);
	assert_string_equal(note.builds[0].figures[0].name, "\033[31m"); /* views escape it */
	assert_int_equal(note.builds[0].figures[1].free_bytes, FIGURE_NO_FREE);
	note_deinit(&note);
}

#define BUILD(figures)                                                                                                  \
	"{\"schema\": \"memprof.history/1\", \"builds\": [{\"name\": \"a\", \"format\": \"elf\", \"figures\": " figures \
	"}]}"

UNIT_TEST(faults_are_named)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "", "" },
		{ "a commit that was reviewed", "" },
		{ "[]", "" },
		{ "{}", "schema" },
		{ "{\"schema\": \"memprof.history/2\", \"builds\": []}", "its schema is not memprof.history/1" },
		{ "{\"schema\": \"memprof.history/1\"}", "builds" },
		{ "{\"schema\": \"memprof.history/1\", \"builds\": {}}", "an array" },
		{ "{\"schema\": \"memprof.history/1\", \"builds\": [3]}", "an object" },
		{ BUILD("{}"), "an array" },
		{ BUILD("[7]"), "an object" },
		{ BUILD("[{\"subject\": \"section\", \"name\": \"a\", \"bytes\": -1}]"), "" },
		{ BUILD("[{\"subject\": \"section\", \"name\": \"a\", \"bytes\": 9007199254740992}]"), "below 2^53" },
		{ BUILD("[{\"subject\": \"section\", \"name\": \"a\", \"bytes\": 1.5}]"), "" },
		{ BUILD("[{\"subject\": \"section\", \"name\": \"\", \"bytes\": 1}]"), "1 to 512 bytes" },
		{ BUILD("[{\"subject\": \"section\", \"name\": \"a\\u0000b\", \"bytes\": 1}]"), "" },
		{ BUILD("[{\"subject\": \"section\", \"name\": \"a\"}]"), "bytes" },
		{ BUILD("[{\"subject\": \"region\", \"name\": \"a\", \"bytes\": 1}]"), "used" },
		{ "{\"schema\": \"memprof.history/1\", \"builds\": [{\"name\": \"a\", \"format\": \"elf\", \"figures\": []},"
		  " {\"name\": \"a\", \"format\": \"elf\", \"figures\": []}]}",
		  "one name" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct note note;
		struct diag diag;
		int r = read_note(rows[i].text, &note, &diag);
		if (r != -EINVAL || !diag.text[0] || !strstr(diag.text, rows[i].says))
			fail_msg("%s: %d, %s", rows[i].text, r, diag.text);
		assert_int_equal(note.n_builds, 0);
		note_deinit(&note);
	}
}

UNIT_TEST(too_many_are_refused)
{
	struct strbuf text = STRBUF_INIT;
	struct note note;
	struct diag diag;

	strbuf_puts(&text, "{\"schema\": \"memprof.history/1\", \"builds\": [");
	for (int i = 0; i <= NOTE_BUILDS_MAX; i++)
		strbuf_printf(&text, "%s{\"name\": \"%d\", \"format\": \"elf\", \"figures\": []}", i ? "," : "", i);
	strbuf_puts(&text, "]}");
	assert_int_equal(read_note(text.text, &note, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "at most 64 builds"));
	strbuf_reset(&text);
	strbuf_puts(
		&text,
		"{\"schema\": \"memprof.history/1\", \"builds\": [{\"name\": \"a\", \"format\": \"elf\", \"figures\": [");
	for (int i = 0; i <= NOTE_FIGURES_MAX; i++)
		strbuf_printf(&text, "%s{\"subject\":\"moon\"}", i ? "," : "");
	strbuf_puts(&text, "]}]}");
	assert_int_equal(read_note(text.text, &note, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "at most 16384 figures"));
	strbuf_deinit(&text);
}
