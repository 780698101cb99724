// Runs the check that the command line names: node SCRIPT SOCKET CHECK. Prints "passed", or what was wrong.
'use strict';

module.exports = async checks => {
    const [socket, name] = process.argv.slice(2);
    try {
        await checks[name](socket);
        console.log('passed');
    } catch (error) {
        console.log(error.stack);
    }

    process.exit();
};
