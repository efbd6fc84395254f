/* How a linker script is read: texts are cut into tokens (ldscript/lex.c);
 * statements (ldscript/parse.c, and MEMORY and SECTIONS beside it) become steps whose expressions are lists of
 * operations (ldscript/expr.c); the steps are then worked out, over and over until nothing changes (ldscript/solve.c),
 * and what is not known says why (ldscript/values.c). */
#ifndef MEMPROF_LDSCRIPT_PARTS_H
#define MEMPROF_LDSCRIPT_PARTS_H

#include "memprof/base/strbuf.h"
#include "memprof/image/image.h"
#include "memprof/image/ldscript.h"

/* ---- expressions, as what a stack machine does: no recursion however long they are ---- */

enum ld_op_kind {
	/* one value more */
	LD_NUMBER,
	LD_SYMBOL,
	LD_DOT,
	LD_ORIGIN,
	LD_LENGTH,
	LD_DEFINED,
	LD_OF_LINK,
	/* one of one */
	LD_NEGATE,
	LD_NOT,
	LD_INVERT,
	LD_ABSOLUTE,
	LD_LOG2,
	LD_ALIGN_DOT,
	/* one of two */
	LD_OR_ELSE,
	LD_AND_THEN,
	LD_OR,
	LD_XOR,
	LD_AND,
	LD_EQUAL,
	LD_UNEQUAL,
	LD_LESS,
	LD_LESS_EQUAL,
	LD_MORE,
	LD_MORE_EQUAL,
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
	/* one of three */
	LD_CHOOSE,
};

struct ld_op {
	enum ld_op_kind kind;
	/* LD_NUMBER: it. Names: their number in symbol_names, region_names or link_names. LD_DIVIDE, LD_MODULO: the
	 * sign's line << 32 | column. */
	uint64_t number;
};

struct ld_expression {
	size_t i_op, n_ops; /* n_ops 0: none */
	struct place at;
};

/* ---- values ---- */

enum ld_state {
	LD_KNOWN,
	LD_WAITS_SYMBOL,
	LD_WAITS_REGION, /* what: its number; another pass may tell, or it is a circle */
	LD_NEEDS_SYMBOL, /* no text assigns it */
	LD_NEEDS_DOT,
	LD_NEEDS_LINK,    /* what: of link_names */
	LD_NEEDS_SECTION, /* it is relative to the output section it stands in */
	LD_NO_REGION,     /* what: of region_names */
	LD_REGION_BELOW,
	LD_DIVIDED, /* by 0; what: by which operation */
	LD_SHIFTED, /* by 64 bits or more */
	LD_CIRCLE,
	LD_NEGATIVE, /* a length; number: it */
};

/* What ld makes of a number depends on where it is used: inside an output section plain numbers count from the
 * section's beginning, addresses do not (ld 2.40, ldexp.c, exp_fold_tree_1). */
enum ld_class {
	LD_PLAIN,   /* also: an absolute symbol */
	LD_ADDRESS, /* ORIGIN or ABSOLUTE inside an output section */
	LD_MIXED,   /* outside, made of an address from inside: inside another one, anything */
};

struct ld_value {
	uint64_t number;
	enum ld_state state;
	enum ld_class class;
	uint32_t what;
};

/* ---- what is read ---- */

enum ld_step_kind { LD_ASSIGN, LD_ASSERT, LD_MOVE_DOT, LD_SECTION_BEGIN, LD_SECTION_END };

struct ld_step {
	enum ld_step_kind kind;
	bool provide;
	bool compound; /* x += … */
	uint32_t symbol;
	struct ld_expression e; /* of compound: x op (…) */
	const char *text;       /* of an ASSERT */
};

struct ld_region {
	struct ld_expression origin, length;
	struct ld_value origin_value, length_value;
	uint32_t name; /* of region_names */
};

struct ld_symbol {
	struct ld_value value;
	uint32_t n_plain; /* assignments that are no PROVIDE, --defsym among them */
	uint32_t n_all;
	uint32_t pass; /* in which it was assigned last */
	size_t i_step; /* which did that */
	bool changed;  /* in the pass that is going on */
};

struct ld_open { /* a text that is being read */
	const char *name;
	const struct ld_open *outer;
	unsigned depth;
};

struct ld_work {
	struct ldscript *to;
	const struct ldscript_options *options;
	struct diag *diag;
	const struct ld_open *open;
	uint64_t n_text_bytes, n_includes;
	VEC(struct ld_op, ops);
	VEC(struct ld_step, steps);
	VEC(struct ld_region, regions); /* beside to->regions */
	VEC(struct ld_symbol, symbols); /* beside to->symbols */
	struct names region_names, link_names;
	VEC(uint32_t, region_of_name); /* index of regions; of an alias: the region's; or IMAGE_NONE */
	size_t stack_depth, stack_max; /* of the expression being read; of any */
};

void ld_note(struct ld_work *w, struct place at, enum ldscript_note_kind kind, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int ld_out_of_memory(struct ld_work *w);
/* The number of a symbol, with its entries; IMAGE_NONE without memory. */
uint32_t ld_symbol_of(struct ld_work *w, const char *name, size_t n_bytes, struct place at);
uint32_t ld_region_name_of(struct ld_work *w, const char *name, size_t n_bytes);
/* Counts bytes of text against the bound. 0 or -EFBIG. */
int ld_count_text(struct ld_work *w, struct place at, size_t n_bytes);
/* Asks the callback. 0: there it is; 1: it was left out, with a note; -EINVAL, -ENOMEM … open becomes the new
 * text. */
int ld_include(struct ld_work *w, struct place at, const char *name, size_t n_bytes, struct ldscript_text *ret,
	       struct ld_open *open);

/* ---- tokens ---- */

struct ld_text {
	struct ld_work *w;
	const char *at, *end, *line_start;
	const char *file; /* in the arena */
	uint64_t line;
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

struct place ld_place(const struct ld_text *t);
#define ld_refused(t, at, ...) diag_at((t)->w->diag, at, -EINVAL, __VA_ARGS__)
/* Past blanks and comments. 0 or -EINVAL. */
int ld_skip(struct ld_text *t);
/* The next token of an expression, which is not taken yet (ld_take). */
int ld_peek(struct ld_text *t, struct ld_token *ret);
void ld_take(struct ld_text *t, const struct ld_token *token);
bool ld_is_sign(const struct ld_token *token, const char *sign);
/* Takes the sign if it comes next: 1; 0 if not; -EINVAL. */
int ld_accept(struct ld_text *t, const char *sign);
/* 0, or -EINVAL: "expected … , here is …". */
int ld_expect(struct ld_text *t, const char *sign, const char *after);
/* A name of a region, section or file, taken: more characters may be part of it. n_bytes 0: none is here. */
int ld_word(struct ld_text *t, struct ld_token *ret);
int ld_pattern(struct ld_text *t, struct ld_token *ret); /* where input sections are chosen */
/* What is here, for messages. */
const char *ld_here(const struct ld_text *t, char ret[40]);
/* Past what an opening bracket, which comes next, closes. 0 or -EINVAL. */
int ld_skip_brackets(struct ld_text *t);

/* ---- expressions ---- */

int ld_expression(struct ld_text *t, struct ld_expression *ret);
/* "x OP= …", where "…" comes next: ret is the whole of the right side. op is '=' for a plain one. */
int ld_assigned(struct ld_text *t, uint32_t symbol, const char *op, struct ld_expression *ret);

/* ---- statements ---- */

int ld_parse(struct ld_work *w, const struct ldscript_text *text);

/* ---- values ---- */

int ld_solve(struct ld_work *w);
void ld_publish(struct ld_work *w); /* in w->to */

#endif
