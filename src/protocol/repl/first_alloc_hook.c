#include "memprof/protocol/first_alloc_hook.h"

#include <errno.h>
#include <string.h>

#include "memprof/base/number.h"
#include "memprof/base/text.h"
#include "repl/printed_list.h"

/* ---- the code ---- */

/* E: the exception of emergencies, A: its text when the heap is locked, copied, as E has its own in the buffer. c[0]:
 * 0: calls are watched, 1: one is running, and calls within it are a part of it, 2: none is watched, 3: an allocation
 * was found, and the program is to end: further calls do nothing; c[1]: calls, c[2]: those that an exception ended. i
 * and x come before and after a call, e: the exception that ended it. Nothing that allocates comes between k() and u().
 * Nor does a jump outside of the call: Ctrl-C takes effect at these (py/vm.c), and the heap would stay locked. "except
 * X" has one, and the end of "try" jumps after it.
 *
 * An interrupt handler may have locked the heap as well, in x too: there nothing can be printed, as USB waits for an
 * interrupt, so the traceback is kept in b, s prints it later, and the host ends the program. t is tried after that, as
 * it changes E. */
static const char begin[] =
	"def __memprof_a():\n"
	" import micropython as m\n"
	" from sys import print_exception as p\n"
	" k=m.heap_lock\n"
	" u=m.heap_unlock\n"
	" c=[2,0,0]\n"
	" G=GeneratorExit\n"
	" getattr(m,'alloc_emergency_exception_buf',abs)(256)\n"
	" try:\n"
	"  from io import StringIO\n"
	"  h=m.schedule\n"
	"  b=StringIO(512)\n"
	" except(ImportError,AttributeError):h=b=None\n"
	" def t(v):return[v]\n"
	" def g():\n"
	"  k()\n"
	"  try:raise G\n"
	"  except:u()\n"
	" k()\n"
	" try:\n"
	"  try:t(1)\n"
	"  except:\n"
	"   u()\n"
	"   raise\n"
	" except MemoryError as e:E=e\n"
	" p(E)\n"
	" A=''.join((E.args[0],''))if E.args else 0\n"
	" g()\n"
	" if type(E)is not G:raise AttributeError\n"
	" def i(c=c,E=E,G=G,g=g):\n"
	"  c[0]=1\n"
	"  c[1]+=1\n"
	"  if type(E)is not G:g()\n"
	" def s(_):\n"
	"  print('\\x1efirst-alloc',c[1])\n"
	"  print(b.getvalue(),end='\\x1f')\n"
	" def __memprof_x(e,c=c,E=E,A=A,G=G,p=p,b=b,h=h,s=s,t=t):\n"
	"  c[0]=0\n"
	"  a=type(E)is not G\n"
	"  if a and e is E:a=type(e)is MemoryError and(e.args[0]if e.args else 0)==A\n"
	"  if a:\n"
	"   c[0]=3\n"
	"   if b:\n"
	"    try:\n"
	"     p(E,b)\n"
	"     t(1)\n"
	"    except MemoryError:\n"
	"     h(s,0)\n"
	"     return 1\n"
	"   print('\\x1efirst-alloc',c[1])\n"
	"   p(E)\n"
	"   print('\\x1f',end='')\n"
	"   raise KeyboardInterrupt\n"
	"  if e is not None:c[2]+=1\n"
	" x=__memprof_x\n"
	" l=[]\n"
	" def no(*a):\n"
	"  c[0]=3\n"
	"  print('\\x1efirst-alloc no',*a,end='\\x1f')\n"
	"  raise KeyboardInterrupt\n";

/* Its own variables have names that no parameter has. */
static const char wrapper_nested[] =
	"   if __memprof_c[0]:\n"
	"    if __memprof_c[0]>2:return\n"
	"    return ";
static const char wrapper_begin[] =
	"\n"
	"   __memprof_i()\n"
	"   __memprof_k()\n"
	"   try:\n"
	"    try:\n"
	"     __memprof_r=";
static const char wrapper_end[] =
	"\n"
	"     __memprof_u()\n"
	"    except:\n"
	"     __memprof_u()\n"
	"     raise\n"
	"   except BaseException as __memprof_e:\n"
	"    if __memprof_x(__memprof_e):return\n"
	"    raise\n"
	"   __memprof_x(None)\n"
	"   return __memprof_r\n"
	"  return __memprof_w\n";

/* W: a wrapper of f; 1: of the module's function; None: the end. */
static const char wrap[] =
	" def W(f):\n"
	"  if f is None:\n"
	"   print(c[1],c[2],int(c[0]==3))\n"
	"   c[0]=2\n"
	"   for f,w in l:R(f,w)\n"
	"   return\n"
	"  if f is 1:return M()\n"
	"  t=str(type(f))[8:-2]\n"
	"  if t not in('function','closure'):no('it is a',t)\n"
	"  w=F(f,c,i,x,k,u)\n"
	"  l.append((f,w))\n"
	"  if c[0]==2:c[0]=0\n"
	"  return w\n";

/* R: puts f back in place of w. */
static const char module[] =
	" def M():\n"
	"  a=N.split('.')\n"
	"  try:\n"
	"   o=__import__(a[0])\n"
	"   for j in range(1,len(a)-1):\n"
	"    if not hasattr(o,a[j]):__import__('.'.join(a[:j+1]))\n"
	"    o=getattr(o,a[j])\n"
	"   f=D(o,a[-1])\n"
	"  except Exception as e:no(type(e).__name__,e)\n"
	"  w=W(f)\n"
	"  try:setattr(o,a[-1],w)\n"
	"  except Exception:no('it is in C code')\n"
	" def D(o,n):\n"
	"  d=o.__dict__.get(n)if type(o)is type else None\n"
	"  return getattr(o,n)if d is None else d\n"
	" def R(f,w):\n"
	"  try:\n"
	"   a=N.split('.')\n"
	"   o=__import__(a[0])\n"
	"   for j in a[1:-1]:o=getattr(o,j)\n"
	"   if getattr(o,a[-1])is w:setattr(o,a[-1],f)\n"
	"  except Exception:pass\n";

static const char program[] =
	" def R(f,w,g=globals()):\n"
	"  a=N.split('.')\n"
	"  try:\n"
	"   o=g[a[0]]\n"
	"   for j in a[1:-1]:o=getattr(o,j)\n"
	"   if o is w:g[a[0]]=f\n"
	"   elif getattr(o,a[-1])is w:setattr(o,a[-1],f)\n"
	"  except Exception:pass\n";

const char first_alloc_end_code[] = "__memprof_a(None)\n";
const char first_alloc_gone_code[] =
	"try:del __memprof_a\n"
	"except NameError:pass\n";

static void put_parameter(struct strbuf *code, const struct first_alloc_target *t, unsigned i)
{
	if (t->parameters[i][0])
		strbuf_puts(code, t->parameters[i]);
	else
		strbuf_printf(code, FIRST_ALLOC_HOOK_NAME "%u", i);
}

static void put_call(struct strbuf *code, const struct first_alloc_target *t, unsigned n)
{
	strbuf_puts(code, FIRST_ALLOC_HOOK_NAME "f(");
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			strbuf_putc(code, ',');
		put_parameter(code, t, i);
	}
	strbuf_putc(code, ')');
}

/* With as many arguments as were given. */
static void put_calls(struct strbuf *code, const struct first_alloc_target *t)
{
	for (unsigned i = t->n_required; i < t->n_parameters; i++) {
		put_call(code, t, i);
		strbuf_puts(code, " if ");
		put_parameter(code, t, i);
		strbuf_puts(code, " is " FIRST_ALLOC_HOOK_NAME "c else ");
	}
	put_call(code, t, t->n_parameters);
}

/* A list that nobody passes stands for what is not given. */
static void put_wrapper(struct strbuf *code, const struct first_alloc_target *t)
{
	static const char own[] = "fcixku";

	strbuf_puts(code, " def F(f,c,i,x,k,u):\n  def " FIRST_ALLOC_HOOK_NAME "w(");
	for (unsigned i = 0; i < t->n_parameters; i++) {
		put_parameter(code, t, i);
		strbuf_puts(code, i >= t->n_required ? "=c," : ",");
	}
	strbuf_putc(code, '*');
	for (const char *p = own; *p; p++)
		strbuf_printf(code, "," FIRST_ALLOC_HOOK_NAME "%c=%c", *p, *p);
	strbuf_puts(code, "):\n");
	for (unsigned i = t->n_required; i + 1 < t->n_parameters; i++) {
		strbuf_puts(code, "   if ");
		put_parameter(code, t, i);
		strbuf_puts(code, " is " FIRST_ALLOC_HOOK_NAME "c and ");
		put_parameter(code, t, i + 1);
		strbuf_puts(code, " is not " FIRST_ALLOC_HOOK_NAME
				  "c:raise TypeError('an argument is missing before a named one')\n");
	}
	strbuf_puts(code, wrapper_nested);
	put_calls(code, t);
	strbuf_puts(code, wrapper_begin);
	put_calls(code, t);
	strbuf_puts(code, wrapper_end);
}

void first_alloc_code(struct strbuf *code, const struct first_alloc_target *target)
{
	strbuf_puts(code, begin);
	strbuf_printf(code, " N='%s'\n", target->name);
	put_wrapper(code, target);
	strbuf_puts(code, target->in_program ? program : module);
	strbuf_puts(code, wrap);
	strbuf_puts(code, " return W\n__memprof_a=__memprof_a()\n");
}

bool first_alloc_names_lines(const char *text, size_t n_bytes) { return text_find(text, n_bytes, ", line ") != NULL; }

/* ---- its output ---- */

static const char frame_begin[] = "first-alloc ";

bool first_alloc_frame_may_be(const char *text, size_t n_bytes)
{
	return n_bytes <= FIRST_ALLOC_FRAME_MAX_BYTES &&
	       memcmp(text, frame_begin, MIN(n_bytes, sizeof(frame_begin) - 1)) == 0;
}

/* "first-alloc 12", a line end and a traceback; "first-alloc no", a blank and the reason. */
int first_alloc_frame_read(const char *text, size_t n_bytes, struct first_alloc_frame *ret)
{
	struct printed_list s = { text, text + n_bytes };
	struct first_alloc_frame frame = { .is_found = true };

	if (!printed_skip(&s, frame_begin))
		return -EINVAL;
	if (printed_skip(&s, "no "))
		frame.is_found = false;
	else if (!printed_number(&s, &frame.i_call) || s.p == s.end || !strchr("\r\n", *s.p))
		return -EINVAL;
	frame.text = s.p;
	frame.n_bytes = (size_t)(s.end - s.p);
	*ret = frame;
	return 0;
}
