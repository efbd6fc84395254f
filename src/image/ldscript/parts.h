/* How a linker script is read: lex.c splits it into tokens; parse.c, memory.c and sections.c turn statements into
 * steps, whose expressions (expr.c) are operations of a stack machine; solve.c evaluates the steps in passes until
 * nothing changes; values.c publishes the values, and the reasons why others are unknown. */
#pragma once

#include <errno.h>

#include "memprof/base/strbuf.h"
#include "memprof/image/image.h"
#include "memprof/image/ldscript.h"

/* ---- expressions: operations of a stack machine, no recursion however long they are ---- */

enum ld_op_kind {
	/* push a value */
	LD_NUMBER,
	LD_SYMBOL,
	LD_DOT,
	LD_ORIGIN,
	LD_LENGTH,
	LD_DEFINED,
	LD_LINK_VALUE, /* needs a link */
	/* replace one */
	LD_NEGATE,
	LD_NOT,
	LD_INVERT,
	LD_ABSOLUTE,
	LD_LOG2,
	LD_ALIGN_DOT,
	/* replace two by one */
	LD_LOGICAL_OR,
	LD_LOGICAL_AND,
	LD_OR,
	LD_XOR,
	LD_AND,
	LD_EQUAL,
	LD_NOT_EQUAL,
	LD_LESS,
	LD_LESS_EQUAL,
	LD_GREATER,
	LD_GREATER_EQUAL,
	LD_SHIFT_LEFT,
	LD_SHIFT_RIGHT,
	LD_ADD,
	LD_SUBTRACT,
	LD_MULTIPLY,
	LD_DIVIDE,
	LD_MODULO,
	LD_ALIGN,
	LD_MAX,
	LD_MIN,
	/* replace three by one */
	LD_TERNARY,
};

struct ld_op {
	enum ld_op_kind kind;
	/* LD_NUMBER: the number. Names: index into symbol_names, region_names or link_names. Operators: the place of
	 * the sign, line << 32 | column. */
	uint64_t number;
};

struct ld_expression {
	size_t i_op, n_ops; /* n_ops 0: none */
	struct place at;
};

/* ---- values ---- */

enum ld_state {
	LD_KNOWN,
	LD_PENDING,      /* another pass may find it, or it is a cycle */
	LD_NEEDS_SYMBOL, /* no text assigns it */
	LD_NEEDS_DOT,
	LD_NEEDS_LINK,
	LD_NEEDS_SECTION, /* relative to its output section */
	LD_NO_REGION,
	LD_REGION_BELOW,
	LD_DIVISION_BY_0,
	LD_SHIFT_TOO_FAR, /* 64 bits or more */
	LD_CYCLE,
	LD_NEGATIVE, /* a length; number has it */
};

/* What ld makes of a number depends on where it is used: inside an output section plain numbers count from the start of
 * the section, addresses do not (ld 2.40, ldexp.c, exp_fold_tree_1). */
enum ld_class {
	LD_PLAIN,   /* also: an absolute symbol */
	LD_ADDRESS, /* ORIGIN or ABSOLUTE inside an output section */
	LD_MIXED,   /* outside of one, made of an address from inside: inside another one it has no meaning */
};

struct ld_value {
	uint64_t number;
	enum ld_state state;
	enum ld_class class;
	uint32_t which; /* by state: the symbol, the name of the region or of the link value, the operation, the bits */
};

/* ---- what is read ---- */

enum ld_step_kind { LD_ASSIGN, LD_MOVE_DOT, LD_SECTION_BEGIN, LD_SECTION_END };

struct ld_step {
	enum ld_step_kind kind;
	bool provide;
	bool compound; /* x += … */
	uint32_t symbol;
	struct ld_expression e; /* of a compound one: x op (…) */
};

struct ld_region {
	struct ld_expression origin, length;
	struct ld_value origin_value, length_value;
	uint32_t name; /* index into region_names */
};

struct ld_symbol {
	struct ld_value value;
	uint32_t n_plain; /* assignments that are no PROVIDE, --defsym included */
	uint32_t n_all;
	uint32_t pass; /* of its last assignment */
	bool changed;  /* in the current pass */
};

struct ld_open_file { /* a text that is being read */
	const char *name;
	const struct ld_open_file *outer;
	unsigned depth;
};

struct ld_context {
	struct ldscript *script;
	const struct ldscript_options *options;
	struct diag *diag;
	const struct ld_open_file *open;
	uint64_t n_text_bytes, n_includes;
	VEC(struct ld_op, ops);
	VEC(struct ld_step, steps);
	VEC(struct ld_region, regions); /* parallel to script->regions */
	VEC(struct ld_symbol, symbols); /* parallel to script->symbols */
	struct names region_names, link_names;
	VEC(uint32_t, region_of_name); /* index of regions, of an alias its region's; or IMAGE_NONE */
	size_t stack_depth, stack_max; /* of the expression being read; of any */
};

/* ---- context.c ---- */

void ld_note(struct ld_context *ctx, struct place at, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The number of a name, added with its entries if it is new; IMAGE_NONE without memory. */
uint32_t ld_symbol_number(struct ld_context *ctx, const char *name, size_t n_bytes, struct place at);
uint32_t ld_region_number(struct ld_context *ctx, const char *name, size_t n_bytes);

/* ---- lex.c ---- */

/* A text that is read. The first error stops it: at becomes end, so that all loops end, and later errors are dropped.
 * Functions that return tokens or expressions return empty ones then. */
struct ld_reader {
	struct ld_context *ctx;
	const char *at, *end, *line_start;
	const char *file; /* in the arena */
	uint64_t line;
	int error;
};

enum ld_token_kind { LD_TOKEN_END, LD_TOKEN_NAME, LD_TOKEN_NUMBER, LD_TOKEN_SIGN };
struct ld_token {
	enum ld_token_kind kind;
	const char *text; /* of a quoted name: without the quotes */
	size_t n_bytes;
	bool quoted;
	uint64_t number;
	const char *end; /* what follows it */
	struct place at;
};

struct place ld_place(const struct ld_reader *in);
void ld_stop(struct ld_reader *in, int error); /* diag is set, unless error is -ENOMEM */
#define ld_refuse(in, where, ...)                                                             \
	do {                                                                                  \
		if (!(in)->error)                                                             \
			ld_stop(in, diag_at((in)->ctx->diag, (where), -EINVAL, __VA_ARGS__)); \
	} while (0)
void ld_refuse_here(struct ld_reader *in, const char *what); /* "expected …, found …" */
void ld_stop_no_memory(struct ld_reader *in);
void ld_skip(struct ld_reader *in);            /* past blanks and comments */
char ld_next_char(const struct ld_reader *in); /* NUL at the end */

/* The next token of an expression, not taken. */
struct ld_token ld_peek(struct ld_reader *in);
void ld_take(struct ld_reader *in, const struct ld_token *token);
bool ld_is_sign(const struct ld_token *token, const char *sign);
bool ld_accept(struct ld_reader *in, const char *sign); /* takes the sign if it is next */
void ld_expect(struct ld_reader *in, const char *sign, const char *after);

/* A name of a region, section or file, taken: more characters may be part of it than in an expression. */
struct ld_token ld_word(struct ld_reader *in);
struct ld_token ld_pattern(struct ld_reader *in); /* of input sections */
struct ld_token ld_need_word(struct ld_reader *in, const char *what);
bool ld_is_empty(const struct ld_token *word);
bool ld_is(const struct ld_token *word, const char *name); /* without quotes */
bool ld_is_one_of(const struct ld_token *word, const char *const *names, size_t n_names);
const char *ld_keep(struct ld_reader *in, const struct ld_token *word); /* in the arena */
void ld_skip_brackets(struct ld_reader *in);                            /* the opening one is next */
void ld_skip_arguments(struct ld_reader *in);                           /* "(…)", if it is next */

/* ---- expr.c ---- */

struct ld_expression ld_expression(struct ld_reader *in);
/* "x OP= …", where "…" is next: the whole right side. op is "=" for a plain assignment; symbol IMAGE_NONE: '.' */
struct ld_expression ld_assigned(struct ld_reader *in, uint32_t symbol, const char *op);

/* ---- parse.c, memory.c, sections.c ---- */

enum ld_where { LD_AT_TOP, LD_IN_SECTIONS, LD_IN_SECTION };

void ld_parse(struct ld_context *ctx, const struct ldscript_text *text, struct ld_reader *ret);
/* Up to a closing brace, or the end of the text. */
void ld_statements(struct ld_reader *in, enum ld_where where);
/* INCLUDE, which is taken: the file must have whole statements of its place, which parse reads. */
void ld_include(struct ld_reader *in, void (*parse)(struct ld_reader *in));
struct ld_step *ld_add_step(struct ld_reader *in, enum ld_step_kind kind); /* NULL: no memory */
void ld_braces(struct ld_reader *in, const char *keyword, void (*inside)(struct ld_reader *in));

/* Their first words are taken. */
void ld_regions(struct ld_reader *in);
void ld_alias(struct ld_reader *in);
void ld_section(struct ld_reader *in, const struct ld_token *name);
void ld_overlay(struct ld_reader *in);

/* ---- solve.c, values.c ---- */

int ld_solve(struct ld_context *ctx);
void ld_publish(struct ld_context *ctx); /* into the script */
