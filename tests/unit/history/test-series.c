#include "memprof/history/series.h"

#include "unit.h"

/* "build figure=bytes …; build …": figures in capitals are regions, with a dot sections, others components. */
static void make_commit(struct history_commit *ret, const char *text)
{
	*ret = (struct history_commit){ "0123", "01", "2026-11-20T12:00:00+00:00", "a change", { .n_builds = 0 } };
	for (const char *p = text; *p;) {
		struct build_figures *build = vec_add(&ret->note, builds);
		size_t n = strcspn(p, " ;");
		build->name = arena_text(&ret->note.arena, p, n);
		build->format = "elf";
		build->image_bytes = NOT_KNOWN;
		for (p += n; *p == ' '; p += n) {
			struct build_figure *figure = vec_add(build, figures);
			n = strcspn(++p, "=");
			figure->name = arena_text(&ret->note.arena, p, n);
			figure->subject = *p == '.' ? SUBJECT_SECTION : *p <= 'Z' ? SUBJECT_REGION : SUBJECT_COMPONENT;
			p += n + 1;
			figure->size_bytes = strtoull(p, NULL, 10);
			n = strspn(p, "0123456789");
		}
		p += *p == ';' ? 1 + strspn(p + 1, " ") : 0;
	}
}

/* "build: figure 7+2 5@1; …" of points: bytes, change, and the commit where it is not the next. */
static void describe(const struct series *series, struct strbuf *out)
{
	strbuf_puts(out, "");
	for (size_t i = 0; i < series->n_builds; i++) {
		const struct series_build *build = &series->builds[i];
		strbuf_printf(out, "%s:", build->name);
		for (size_t k = 0; k < build->n_lines; k++) {
			const struct series_line *line = &build->lines[k];
			strbuf_printf(out, " %s", line->name);
			for (size_t p = 0; p < line->n_points; p++) {
				strbuf_printf(out, " %u/%d", line->points[p].i_commit, (int)line->points[p].size_bytes);
				if (line->points[p].has_delta)
					strbuf_printf(out, "%+d", (int)line->points[p].delta_bytes);
			}
			strbuf_putc(out, ';');
		}
		strbuf_putc(out, '\n');
	}
}

static void assert_series(const char *const *texts, size_t n, const struct series_options *options,
			  const char *expected)
{
	struct history_commit commits[8];
	struct strbuf out = STRBUF_INIT;
	struct series series;

	for (size_t i = 0; i < n; i++)
		make_commit(&commits[i], texts[i]);
	assert_int_equal(series_make(&series, commits, n, options), 0);
	describe(&series, &out);
	assert_string_equal(strbuf_text(&out), expected);
	series_deinit(&series);
	series_deinit(&series);
	strbuf_deinit(&out);
	for (size_t i = 0; i < n; i++)
		note_deinit(&commits[i].note);
}

UNIT_TEST(changes_are_against_the_commit_before_with_that_build)
{
	static const char *const commits[] = { "a F=10 R=5", "b F=100", "a F=7 R=5; b F=90", "a F=7" };
	static const struct series_options all = { .filter = NULL };

	assert_series(commits, 4, &all, "a: F 0/10+3 2/7+0 3/7; R 0/5+0 2/5;\nb: F 1/100+10 2/90;\n");
	assert_series(commits, 0, &all, "");
}

/* What is not there is not 0. */
UNIT_TEST(a_gap_has_no_change)
{
	static const char *const commits[] = { "a x=3", "a F=1", "a x=2", "a x=1" };
	static const struct series_options all = { .filter = NULL };

	assert_series(commits, 4, &all, "a: F 1/1; x 0/3 2/2+1 3/1;\n");
}

UNIT_TEST(lines_are_by_subject_then_size)
{
	static const char *const commits[] = { "a y=9 x=3 .text=5 RAM=1 FLASH=2", "a gone=99 x=3 y=1" };
	static const struct series_options all = { .filter = NULL };
	static const struct series_options some = { .filter = "*x*", .subjects = SUBJECT_BIT(SUBJECT_COMPONENT) };

	assert_series(commits, 2, &all, "a: FLASH 0/2; RAM 0/1; .text 0/5; y 0/9+8 1/1; x 0/3+0 1/3; gone 1/99;\n");
	assert_series(commits, 2, &some, "a: x 0/3+0 1/3;\n");
}

/* The oldest of the last ones is compared with the one before them. */
UNIT_TEST(older_commits_are_only_compared_with)
{
	static const char *const commits[] = { "a F=10", "a F=7 x=2", "a F=5 x=1 y=1; b F=3", "a F=1" };
	static const struct series_options two = { .n_shown = 2 };

	assert_series(commits, 4, &two, "a: F 0/10+3 1/7+2; x 1/2+1;\n");
}

/* A map can have two sections of one name. */
UNIT_TEST(figures_of_one_name_are_added)
{
	static const char *const commits[] = { "a .data=3 .data=4", "a .data=5" };
	static const struct series_options all = { .filter = NULL };

	assert_series(commits, 2, &all, "a: .data 0/7+2 1/5;\n");
}

UNIT_TEST(an_image_stands_for_regions)
{
	static const struct series_options regions = { .subjects = SUBJECT_BIT(SUBJECT_REGION), .or_image = true };
	struct history_commit commits[2];
	struct series series;

	make_commit(&commits[0], "elf .text=3; map F=4");
	make_commit(&commits[1], "elf .text=2");
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 0; k < commits[i].note.n_builds; k++)
			commits[i].note.builds[k].image_bytes = 100 - 10 * i;
	assert_int_equal(series_make(&series, commits, 2, &regions), 0);
	assert_int_equal(series.n_builds, 2);
	assert_int_equal(series.builds[0].n_lines, 1);
	assert_int_equal(series.builds[0].lines[0].subject, SUBJECT_IMAGE);
	assert_int_equal(series.builds[0].lines[0].points[0].delta_bytes, 10);
	assert_int_equal(series.builds[1].n_lines, 1);
	assert_int_equal(series.builds[1].lines[0].subject, SUBJECT_REGION);
	assert_non_null(series_point_of(&series.builds[0].lines[0], 1));
	assert_null(series_point_of(&series.builds[1].lines[0], 1));
	series_deinit(&series);
	note_deinit(&commits[0].note);
	note_deinit(&commits[1].note);
}

UNIT_TEST(subjects_are_a_list)
{
	unsigned subjects = 0;
	struct diag diag = { 0 };

	assert_int_equal(series_read_subjects(NULL, &subjects, &diag), 0);
	assert_int_equal(subjects, 0);
	assert_int_equal(series_read_subjects("region,image", &subjects, &diag), 0);
	assert_int_equal(subjects, SUBJECT_BIT(SUBJECT_REGION) | SUBJECT_BIT(SUBJECT_IMAGE));
	assert_int_equal(series_read_subjects("region,symbol", &subjects, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "not 'symbol'"));
}
