export const core = () => [];
