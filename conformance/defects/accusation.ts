/** How the message of a test begins in which a rule accused who is right. */
export const accusation = 'wrongly accused';
