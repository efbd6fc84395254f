"""The sampler of `run` on the board, as heap_sampler.c sends it."""
# Its statistics stand between two control characters, so that they are told from what the program prints; mem_info()
# without an argument allocates nothing. With a clock it looks every 100 ms; without one at each call, then at every
# second, fourth ... call, so that a long loop is not flooded.
#: part clock_sampler
def __memprof(f=0, m=__import__('micropython').mem_info, t=__import__('time').ticks_ms, p=print, s=[-1000]):
    n = t()
    if f or not -1 < n - s[0] < 100:
        s[0] = n; p('\x1e', end=''); m(); p('\x1f', end='')
#: part count_sampler
def __memprof(f=0, m=__import__('micropython').mem_info, p=print, s=[0, 0, 1, 64]):
    s[0] += 1
    if f or s[0] >= s[1]:
        s[1] = s[0] + s[2]; s[3] -= 1
        if not s[3]: s[2] *= 2; s[3] = 64
        p('\x1e', end=''); m(); p('\x1f', end='')
# Functions of the program may still call it. What is there in its place is no hook that was left (repl_programs.c).
#: part retire_code
__memprof = bool
#: part forget_code
del __memprof
