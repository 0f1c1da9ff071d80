"""ACE-Step 1.5 (Gong et al. 2026): a language model plans a song, a diffusion transformer makes it sound."""
