/* What the files of `memprof objects` share. */
#ifndef MEMPROF_CMD_OBJECTS_PRIVATE_H
#define MEMPROF_CMD_OBJECTS_PRIVATE_H

#include "memprof/cli/command.h"
#include "memprof/cli/output.h"
#include "memprof/viewers/objects_view.h"
#include "objects/sources.h"

struct objects_args {
	struct output_args output;
	struct board_args board;
	const char *path, *tree, *class, *kind, *since, *map, *memory, *elf, *of_board;
	bool referrers, collectable, advise, verify;
	uint64_t depth, min_bytes, top;
	struct option_list images;
};

/* One run of the command. file is what was read. */
struct objects_job {
	const struct objects_args *args; /* NULL: not of the command */
	const struct board_args *board;
	const char *source;
	bool is_again; /* objects_of_prompt_again */
	struct memory_file file;
	struct objects *objects;
	struct objects_report report;
	struct objects_freed freed;
	struct objects_view view;
};

/* Each fills file, objects and the view's figures, and reports what is wrong; the exit code. */
int objects_of_board(struct objects_job *job); /* by the probe, at its prompt */
int objects_of_file(struct objects_job *job);  /* of memprof's own */
int objects_of_images(struct objects_job *job);
struct memory;
struct memory_reader objects_image_reader(struct memory *memory, unsigned word_bytes);
/* core.c: of an ELF core file, with the constants of its program; elf: NULL, or a file. As objects_read. */
int objects_of_core(const char *bytes, size_t n_bytes, const char *elf, struct memory_file *file, struct objects **ret,
		    struct diag *diag);

/* questions.c: what the options ask for. */
struct objects_questions {
	const char *path, *tree, *since_file;
	bool has_filter;
	struct objects_filter filter;
	uint64_t depth;
	struct objects_list holders, referrers, rows, selected;
	bool is_advised, has_map;
	struct advice_flash flash;
	char region[64]; /* of flash */
	struct objects_advice advice;
	struct objects_job before; /* of --since */
	struct objects_since since;
};
void objects_questions_read(const struct objects_args *args, struct objects_questions *ret);
/* Whether this format has answers to them; if not, that was reported. */
bool objects_questions_fit(const struct objects_questions *q, enum output_format format);
/* Answers them in the view of the job, whose report is there; the exit code. */
int objects_questions_answer(struct objects_questions *q, struct objects_job *job);
void objects_questions_deinit(struct objects_questions *q);

/* flash.c: what --map, and --board, leave free for firmware; name is a buffer of that size. 0, or -EINVAL after a
 * message. */
int objects_flash_read(const struct objects_args *args, char *name, size_t n_name, struct advice_flash *ret);

/* objects.c: the report of what was read, or the answers; the exit code. */
int objects_show(struct objects_job *job, struct objects_questions *questions, struct output *out);
void objects_job_deinit(struct objects_job *job);
/* Of --top. */
uint64_t objects_top(uint64_t top);

#endif
