#ifndef DK_VECTORISE_H
#define DK_VECTORISE_H

// One compiled copy of a function for each instruction set worth having; the loader picks at start.
#if defined(__x86_64__) && defined(__linux__)
#define DK_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define DK_VECTORISED
#endif

#endif
